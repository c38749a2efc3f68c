import { readFileSync } from 'node:fs';

import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { describe, expect, test } from 'vitest';

import { documents, operations } from '../../src/http/routes/landing/browser/operations.js';
import { waysInOperations } from '../../src/http/routes/landing/browser/waysInOperations.js';
import { curlLine } from '../../src/http/routes/landing/page.js';
import { serve } from './harness.js';

const browser = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
};

async function open(path: string) {
  const { url } = await serve({ development: true });
  const response = await fetch(`${url}${path}`, { headers: browser });
  return { url, response, html: await response.text() };
}

describe('the development page', () => {
  test('is shown to a browser that opens the root in development', async () => {
    const { response, html } = await open('/');

    expect(response.status).toBe(200);
    expect(response.url).toMatch(/\/graphql$/);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html).toMatch(/^<!doctype html>/);
  });

  test.each([
    ['in production', false, browser],
    ['that asks for anything', true, { accept: '*/*' }],
    ['that asks for JSON too', true, { accept: 'application/json, text/html' }],
  ])('is not shown to a client %s', async (_name, development, headers) => {
    const { url, handled } = await serve({ development });

    await fetch(`${url}/graphql`, { headers });

    expect(handled).toHaveLength(1);
  });

  test.each(['/', '/explorer', '/sandbox', '/assets/page.css', '/assets/home.js'])(
    'in production %s is 404',
    async (path) => {
      const { url } = await serve({ development: false });

      expect((await fetch(`${url}${path}`, { headers: browser })).status).toBe(404);
    },
  );
});

describe('the operations of the page', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

  test('are in the order of the story, and are valid against the schema', () => {
    expect(operations.map(({ name }) => name)).toEqual([
      'Register',
      'Me',
      'SessionEnded',
      'Login',
      'Session',
      'Logout',
    ]);
    expect(validate(schema, parse(documents.join('\n')))).toEqual([]);
  });

  test.each(waysInOperations)('$name of the second part is valid against the schema', ({ text }) => {
    expect(validate(schema, parse(text))).toEqual([]);
  });

  test.each(operations)('$name has valid variables and the right type', ({ name, type, text, variables }) => {
    const operation = getOperationAST(parse(text), name);
    expect(operation?.operation).toBe(type);
    const definitions = operation?.variableDefinitions ?? [];

    expect(getVariableValues(schema, definitions, variables).errors).toBeUndefined();
  });

  test.each(operations.filter(({ type }) => type !== 'subscription'))(
    '$name has a curl line with the same query and variables',
    (operation) => {
      const line = curlLine('http://127.0.0.1:4000', operation);

      const quoted = [...line.matchAll(/'([^']*)'/g)].map(([, text]) => text ?? '');
      expect(line.replaceAll(/'[^']*'/g, '')).not.toMatch(/['"$`]/);
      const { query, variables } = JSON.parse(quoted.at(-1) ?? '') as { query: string; variables: object };
      expect(validate(schema, parse(query))).toEqual([]);
      expect(variables).toEqual(operation.variables);
      const { tokenOf } = operation;
      expect(quoted.filter((text) => text.startsWith('authorization'))).toEqual(
        tokenOf === null ? [] : [`authorization: Bearer <${tokenOf.key} token>`],
      );
    },
  );

  test('are on the page as text, with the URL of this server', async () => {
    const { url, html } = await open('/graphql');

    for (const { text } of operations) expect(html).toContain(text.replaceAll('"', '&#34;'));
    expect(html.split(`curl ${url}/graphql`)).toHaveLength(operations.length);
  });
});

describe('the content security policy', () => {
  const directives = (response: Response) =>
    new Map(
      (response.headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources.join(' ')];
      }),
    );

  test.each([
    ['/graphql', { 'script-src': "'self'", 'style-src': "'self'" }],
    [
      '/explorer',
      {
        'script-src': "'self'",
        // Monaco writes the styles of its themes into the page.
        'style-src': "'self' 'unsafe-inline'",
        'font-src': 'data:',
        'worker-src': "'self'",
      },
    ],
    [
      '/sandbox',
      {
        'script-src': "'self' https://embeddable-sandbox.cdn.apollographql.com",
        'style-src': "'self'",
        'frame-src': 'https://sandbox.embed.apollographql.com',
      },
    ],
  ])('of %s allows only the sources that the page uses', async (path, allowed) => {
    const { response, html } = await open(path);
    const policy = directives(response);

    expect(Object.fromEntries(policy)).toEqual({
      'default-src': "'none'",
      'connect-src': "'self'",
      'img-src': path === '/explorer' ? "'self' data:" : 'data:',
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
      ...allowed,
    });
    // The page has no inline code, and only its script loads from another origin.
    expect(html).not.toMatch(
      / on\w+=| style=|<style|<script(?![^>]* src="\/)|<link[^>]* href="(?!\/|data:,)/,
    );
  });
});

describe('the files', () => {
  test('of GraphiQL are cached, under a path with the version', async () => {
    const { url, html } = await open('/explorer');
    const paths = [...html.matchAll(/"(\/assets\/graphiql-[^"]+\.\w+)"/g)].map(([, path]) => path ?? '');
    expect(paths.map((path) => path.replace(/.*\//, ''))).toEqual(['graphiql.css', 'graphiql.js']);

    for (const path of [...paths, paths[0]?.replace('graphiql.css', 'json.js') ?? '']) {
      expect(path).toMatch(/^\/assets\/graphiql-\d+\.\d+\.\d+\//);
      const { status, headers } = await fetch(`${url}${path}`, { method: 'HEAD' });
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('of the page itself are not cached', async () => {
    const { response, html } = await open('/assets/home.js');

    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(html).toBe(readFileSync('src/http/routes/landing/browser/home.js', 'utf8'));
  });
});
