// The page that a browser is shown in development: Apollo Sandbox with the operations filled in, and the same
// operations as text and as curl lines for when there is no way to its CDN.

import { createHash } from 'node:crypto';

import { type HttpResponse } from '../../responses.js';
import { type LandingOperation, landingOperations, tokenField } from './operations.js';
import { landingScript, sandboxCdn, sandboxFrame } from './script.js';

const style = `
  body { margin: 0; font: 16px/1.5 system-ui, sans-serif; display: flex; flex-direction: column; height: 100vh; }
  header { padding: 0.25rem 1rem; max-height: 100vh; overflow: auto; }
  #sandbox { flex: 1; min-height: 24rem; }
  #sandbox iframe { width: 100%; height: 100%; border: none; }
  pre { background: #f4f4f6; color: #16161d; padding: 0.75rem; overflow: auto; }
  summary { cursor: pointer; }
  #status:empty { display: none; }
`;

/**
 * The page, made once.
 *
 * @param url the server's own, such as `http://127.0.0.1:4000`, for the curl lines
 */
export function createLandingPage(url: string): HttpResponse {
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Hufu</title>
<style>${style}</style>
</head>
<body>
<header>
<p id="status">Loading Apollo Sandbox…</p>
<noscript><p>Apollo Sandbox needs JavaScript. Here are the same operations as text.</p></noscript>
<details id="text" open>
<summary>The operations as text, and for a terminal</summary>
<ol>
${landingOperations.map((operation) => listItem(url, operation)).join('\n')}
</ol>
</details>
</header>
<main id="sandbox"></main>
<script>${landingScript}</script>
</body>
</html>
`;
  return { status: 200, headers, body, policy };
}

const headers = [
  'content-type',
  'text/html; charset=utf-8',
  'vary',
  'accept',
  // Sandbox opens a window of its own to sign in to Apollo.
  'cross-origin-opener-policy',
  'same-origin-allow-popups',
];

/** Only what the page is made of: its own script and style by their digest, and Sandbox. */
const policy = [
  "default-src 'none'",
  `script-src ${digest(landingScript)} ${sandboxCdn}`,
  `style-src ${digest(style)}`,
  `frame-src ${sandboxFrame}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function digest(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function listItem(url: string, operation: LandingOperation): string {
  return `<li>
<p>${escape(operation.hint)}</p>
<pre>${escape(operation.text)}</pre>
<pre>${escape(curlLine(url, operation))}</pre>
</li>`;
}

/** A command for a POSIX shell. */
export function curlLine(url: string, { text, variables, signedIn }: LandingOperation): string {
  const query = text.replaceAll(/\s+/g, ' ');
  const parts = [`curl ${url}/graphql`, `-H 'content-type: application/json'`];
  if (signedIn) parts.push(`-H 'authorization: ${tokenField}'`);
  parts.push(`--data '${JSON.stringify({ query, variables }).replaceAll("'", String.raw`\u0027`)}'`);
  return parts.join(' \\\n  ');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
