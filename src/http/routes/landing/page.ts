// The page that a browser is shown in development: two devices that sign in side by side, and the same operations as
// text and for a terminal.

import { escapeHtml } from '../../../common/html.js';
import { type HttpResponse } from '../../responses.js';
import {
  type Device,
  devices,
  type Operation,
  operations,
  person,
  tokenPlaceholder,
} from './browser/operations.js';
import { browser } from './browser/waysInOperations.js';
import { renderDocument } from './document.js';

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
<h2 class="part">More ways in</h2>
<p class="lead">A second factor and a passkey for the account above, on this browser. Register on the phone first, then sign in
here. This page plays the authenticator app. Passkeys work where the page is open at localhost. Providers that this server is
configured for have a button each.</p>
${browserPart}
</section>
<details class="text">
<summary>The operations as text, and for a terminal</summary>
<p>The API is at <code>${escapeHtml(url)}/graphql</code>. Put a device’s token in the place of
<code>${devices.map((device) => escapeHtml(tokenPlaceholder(device))).join('</code> or <code>')}</code>.</p>
<ol>
${operations.map((operation) => listItem(url, operation)).join('\n')}
</ol>
</details>
</main>`,
  });
}

function devicePart(device: Device): string {
  return part(device, {
    register: 'Register',
    login: 'Sign in',
    me: 'Who am I?',
    logout: 'Sign out',
  });
}

const browserPart = part(browser, {
  login: 'Sign in with the password',
  addApp: 'Add an authenticator app',
  sendCode: 'Send a code of the app',
  addPasskey: 'Add a passkey',
  usePasskey: 'Use the passkey',
});

/** @param buttons the names and the labels of the device's acts */
function part({ key, title, name }: Device, buttons: Readonly<Record<string, string>>): string {
  return `<section class="device" data-device="${key}" data-state="out" aria-labelledby="${key}">
<h2 id="${key}">${title}</h2>
<p class="name">${escapeHtml(name)}</p>
<p class="state"></p>
<div class="buttons">
${Object.entries(buttons)
  .map(([run, label]) => `<button type="button" data-run="${run}">${label}</button>`)
  .join('\n')}
</div>
<h3>Operations, newest first</h3>
<ol class="log" reversed></ol>
</section>`;
}

function listItem(url: string, operation: Operation): string {
  const curl =
    operation.type === 'subscription'
      ? '<p>It needs a websocket: run it in the explorer.</p>'
      : `<pre tabindex="0">${escapeHtml(curlLine(url, operation))}</pre>`;
  return `<li>
<p>${escapeHtml(operation.hint)}</p>
<pre tabindex="0">${escapeHtml(operation.text)}</pre>
${curl}
</li>`;
}

/** Makes a command for a POSIX shell. */
export function curlLine(url: string, { text, variables, tokenOf }: Operation): string {
  const query = text.replaceAll(/\s+/g, ' ');
  const parts = [`curl ${url}/graphql`, `-H 'content-type: application/json'`];
  if (tokenOf !== null) parts.push(`-H 'authorization: Bearer ${tokenPlaceholder(tokenOf)}'`);
  parts.push(`--data '${JSON.stringify({ query, variables }).replaceAll("'", String.raw`\u0027`)}'`);
  return parts.join(' \\\n  ');
}
