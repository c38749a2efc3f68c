// The two pages that run the prepared operations: GraphiQL, and Apollo's hosted Sandbox. GraphiQL comes
// from a development package, so that it needs no internet and adds nothing to a production installation.

import { createRequire } from 'node:module';

import { type HttpResponse } from '../../responses.js';
import { renderDocument } from './document.js';

const require = createRequire(import.meta.url);

const packageName = '@graphql-yoga/render-graphiql';

/** The files that GraphiQL is made of, by the names of the package's exports that hold them. */
interface GraphiqlFiles {
  readonly js: string;
  readonly css: string;
  readonly editorWorkerService: string;
  readonly jsonWorker: string;
  readonly graphqlWorker: string;
}

/** The names of the files below the folder. The workers have the labels by which Monaco asks for them. */
const fileNames = {
  'graphiql.js': 'js',
  'graphiql.css': 'css',
  'editorWorkerService.js': 'editorWorkerService',
  'json.js': 'jsonWorker',
  'graphql.js': 'graphqlWorker',
} as const satisfies Record<string, keyof GraphiqlFiles>;

export interface Explorer {
  readonly page: HttpResponse;
  /** The path of each file, and its text, which is loaded from the package when a browser first asks for one. */
  readonly files: readonly { readonly path: string; readonly read: () => string }[];
}

export function createExplorer(): Explorer {
  const version = installedVersion();
  if (version === null) return { page: missingPage(), files: [] };
  // The version is part of the path, so that browsers keep the files until the package changes.
  const folder = `/assets/graphiql-${version}/`;
  const files = Object.entries(fileNames).map(([name, exported]) => ({
    path: `${folder}${name}`,
    read: () => (require(`${packageName}/graphiql`) as GraphiqlFiles)[exported],
  }));
  return { page: explorerPage(folder), files };
}

function installedVersion(): string | null {
  try {
    return (require(`${packageName}/package.json`) as { version: string }).version;
  } catch {
    return null;
  }
}

const body = (notice: string, rest: string) => `<main class="whole">
<h1 class="unseen">Explorer</h1>
<p id="status" class="strip" role="status">${notice}</p>
<noscript><p class="box">The explorer needs JavaScript. Without it, copy the operations from <a href="/graphql">the first page</a>.</p></noscript>
${rest}</main>`;

function explorerPage(folder: string): HttpResponse {
  return renderDocument({
    path: '/explorer',
    title: 'Explorer',
    head: `<link rel="stylesheet" href="${folder}graphiql.css">
<link rel="stylesheet" href="/assets/explorer.css">
<script defer src="${folder}graphiql.js"></script>
<script type="module" src="/assets/explorer.js"></script>`,
    body: body(
      'Run the tabs from left to right. The token of Register and of Login is put into the headers of the others.',
      `<div id="explorer" data-files="${folder}"></div>`,
    ),
    allows: {
      // Monaco writes the styles of its themes into the page.
      'style-src': "'self' 'unsafe-inline'",
      'font-src': 'data:',
      'img-src': "'self' data:",
      'worker-src': "'self'",
    },
  });
}

function missingPage(): HttpResponse {
  return renderDocument({
    path: '/explorer',
    title: 'Explorer',
    body: body(
      `GraphiQL is not installed: it comes with the development packages. Run <code>npm install</code> without <code>--omit=dev</code> and start again.`,
      '',
    ),
  });
}

/** The server of Sandbox's script, on the internet. */
const cdn = 'https://embeddable-sandbox.cdn.apollographql.com';
/** The server of the frame that the script opens. */
const frame = 'https://sandbox.embed.apollographql.com';

export const sandboxPage: HttpResponse = renderDocument({
  path: '/sandbox',
  title: 'Apollo Sandbox',
  head: '<script type="module" src="/assets/sandbox.js"></script>',
  body: `<main class="whole">
<h1 class="unseen">Apollo Sandbox</h1>
<p id="status" class="strip" role="status">Loading Apollo Sandbox from the internet…</p>
<noscript><p class="box">Apollo Sandbox needs JavaScript. Without it, copy the operations from <a href="/graphql">the first page</a>.</p></noscript>
<div id="sandbox" data-script="${cdn}/v2/embeddable-sandbox.umd.production.min.js" data-frame="${frame}"></div>
</main>`,
  allows: { 'script-src': `'self' ${cdn}`, 'frame-src': frame },
  // Sandbox opens a window of its own to sign in to Apollo.
  headers: ['cross-origin-opener-policy', 'same-origin-allow-popups'],
});
