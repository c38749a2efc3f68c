// The routes of the development pages and of the files that they load. None of them exists in production.

import { readFile } from 'node:fs/promises';

import { type HttpResponse } from '../../responses.js';
import { type Route } from '../../route.js';
import { createExplorer, sandboxPage } from './explorer.js';
import { explorerStyle, pageStyle } from './style.js';

type DevelopmentRoute = Route & { readonly path: string };

const scripts = [
  'client',
  'explorer',
  'home',
  'operations',
  'providers',
  'sandbox',
  'screen',
  'waysIn',
  'waysInOperations',
];

const types = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
} as const;

export function createDevelopmentRoutes(): readonly DevelopmentRoute[] {
  const explorer = createExplorer();
  return [
    get('/', () => ({ status: 302, headers: ['location', '/graphql'], body: '' })),
    get('/explorer', () => explorer.page),
    get('/sandbox', () => sandboxPage),
    get('/assets/page.css', () => file('css', pageStyle)),
    get('/assets/explorer.css', () => file('css', explorerStyle)),
    ...scripts.map((name) =>
      get(`/assets/${name}.js`, async () =>
        file('js', await readFile(new URL(`./browser/${name}.js`, import.meta.url), 'utf8')),
      ),
    ),
    ...explorer.files.map(({ path, read }) =>
      get(path, () => ({ ...file(path.endsWith('.css') ? 'css' : 'js', read()), isImmutable: true })),
    ),
  ];
}

function get(path: string, answer: Route['answer']): DevelopmentRoute {
  return { path, allow: 'GET, HEAD', answer };
}

function file(type: keyof typeof types, body: string): HttpResponse {
  return { status: 200, headers: ['content-type', types[type]], body };
}
