// The page that a browser is shown in development: two devices that sign in side by side, and the same operations as
// text and for a terminal.

import { type HttpResponse } from '../../responses.js';
import {
  type Device,
  devices,
  type Operation,
  operations,
  person,
  tokenPlaceholder,
} from './browser/operations.js';
import { escape, renderDocument } from './document.js';

/**
 * The page, made once.
 *
 * @param url the server's own, such as `http://127.0.0.1:4000`, for the curl lines
 */
export function createLandingPage(url: string): HttpResponse {
  return renderDocument({
    path: '/graphql',
    title: 'See it happen',
    head: '<script type="module" src="/assets/home.js"></script>',
    headers: ['vary', 'accept'],
    body: `<main class="column">
<h1>One account, two devices</h1>
<p class="lead">A newer login supersedes the older session. The older device is refused from its next request on, and a
websocket tells it at once why. See it happen: each button sends one operation to this server.</p>
<noscript><p class="box">This page needs JavaScript to play the two devices. Without it, run <code>npm run demo</code> in a
terminal, or copy the operations below.</p></noscript>
<section id="demo" aria-label="Two devices" hidden>
<div class="account">
<div class="field"><label for="email">Email</label><input id="email" type="email" autocomplete="off" spellcheck="false"></div>
<div class="field"><label for="password">Password</label><input id="password" type="text" autocomplete="off" spellcheck="false" value="${person.password}"></div>
<button id="play" type="button" class="primary">Play the story</button>
<button id="start-over" type="button">Start over</button>
</div>
<div id="news" class="box" role="log" aria-label="News"></div>
<div class="devices">
${devices.map(devicePart).join('\n')}
</div>
</section>
<details class="text">
<summary>The operations as text, and for a terminal</summary>
<p>The API is at <code>${escape(url)}/graphql</code>. Put a device’s token in the place of
<code>${devices.map((device) => escape(tokenPlaceholder(device))).join('</code> or <code>')}</code>.</p>
<ol>
${operations.map((operation) => listItem(url, operation)).join('\n')}
</ol>
</details>
</main>`,
  });
}

function devicePart({ key, title, name }: Device): string {
  return `<section class="device" data-device="${key}" data-state="out" aria-labelledby="${key}">
<h2 id="${key}">${title}</h2>
<p class="name">${escape(name)}</p>
<p class="state"></p>
<div class="buttons">
<button type="button" data-run="register">Register</button>
<button type="button" data-run="login">Sign in</button>
<button type="button" data-run="me">Who am I?</button>
<button type="button" data-run="logout">Sign out</button>
</div>
<h3>Operations, newest first</h3>
<ol class="log" reversed></ol>
</section>`;
}

function listItem(url: string, operation: Operation): string {
  const curl =
    operation.type === 'subscription'
      ? '<p>It needs a websocket: run it in the explorer.</p>'
      : `<pre tabindex="0">${escape(curlLine(url, operation))}</pre>`;
  return `<li>
<p>${escape(operation.hint)}</p>
<pre tabindex="0">${escape(operation.text)}</pre>
${curl}
</li>`;
}

/** A command for a POSIX shell. */
export function curlLine(url: string, { text, variables, tokenOf }: Operation): string {
  const query = text.replaceAll(/\s+/g, ' ');
  const parts = [`curl ${url}/graphql`, `-H 'content-type: application/json'`];
  if (tokenOf !== null) parts.push(`-H 'authorization: Bearer ${tokenPlaceholder(tokenOf)}'`);
  parts.push(`--data '${JSON.stringify({ query, variables }).replaceAll("'", String.raw`\u0027`)}'`);
  return parts.join(' \\\n  ');
}
