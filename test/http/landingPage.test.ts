import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';

import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { describe, expect, test } from 'vitest';

import {
  landingDocument,
  landingOperations,
  landingVariables,
} from '../../src/http/routes/landing/operations.js';
import { curlLine } from '../../src/http/routes/landing/page.js';
import { landingScript } from '../../src/http/routes/landing/script.js';
import { serve } from './harness.js';

const browser = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
};

async function page() {
  const { url } = await serve({ development: true });
  const response = await fetch(`${url}/`, { headers: browser });
  return { url, response, html: await response.text() };
}

describe('who is shown the page', () => {
  test('a browser that opens the address in development', async () => {
    const { response, html } = await page();

    expect(response.status).toBe(200);
    expect(response.url).toMatch(/\/graphql$/);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html).toMatch(/^<!doctype html>/);
  });

  test.each([
    ['in production', false, browser],
    ['that asks for anything', true, { accept: '*/*' }],
    ['that asks for JSON too', true, { accept: 'application/json, text/html' }],
  ])('not a client %s', async (_name, development, headers) => {
    const { url, handled } = await serve({ development });

    await fetch(`${url}/graphql`, { headers });

    expect(handled).toHaveLength(1);
  });
});

describe('the operations', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

  test('are Register, Me, Login and Session, and fit the schema', () => {
    expect(landingOperations.map(({ name }) => name)).toEqual(['Register', 'Me', 'Login', 'Session']);
    expect(validate(schema, parse(landingDocument))).toEqual([]);
  });

  test.each(landingOperations)(
    '$name: its variables, and those that the page starts with, fit',
    ({ name, text, variables }) => {
      const operation = getOperationAST(parse(text), name);
      const definitions = operation?.variableDefinitions ?? [];

      for (const values of [variables, landingVariables]) {
        expect(getVariableValues(schema, definitions, values).errors).toBeUndefined();
      }
    },
  );

  test.each(landingOperations)('$name: its curl line says the same', (operation) => {
    const line = curlLine('http://127.0.0.1:4000', operation);

    const quoted = [...line.matchAll(/'([^']*)'/g)].map(([, text]) => text ?? '');
    expect(line.replaceAll(/'[^']*'/g, '')).not.toMatch(/['"$`]/);
    const { query, variables } = JSON.parse(quoted.at(-1) ?? '') as { query: string; variables: object };
    expect(validate(schema, parse(query))).toEqual([]);
    expect(variables).toEqual(operation.variables);
    expect(quoted.includes('authorization: Bearer <paste the token here>')).toBe(operation.signedIn);
  });

  test('are all on the page as text, with the address of this server', async () => {
    const { url, html } = await page();

    expect(html.match(/<pre>/g)).toHaveLength(landingOperations.length * 2);
    for (const { text } of landingOperations) expect(html).toContain(`<pre>${text}</pre>`);
    expect(html.split(`curl ${url}/graphql`)).toHaveLength(landingOperations.length + 1);
    expect(html).toContain('Bearer &lt;paste the token here&gt;');
  });
});

test('the policy lets the page do what it does, and nothing else', async () => {
  const { response, html } = await page();
  const policy = response.headers.get('content-security-policy') ?? '';
  const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const element = (name: string) =>
    [...html.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, 'g'))].map(([, text]) => text ?? '');

  const [script, ...scripts] = element('script');
  const [style, ...styles] = element('style');
  expect([...scripts, ...styles]).toEqual([]);
  expect(script).toBe(landingScript);
  expect(policy).toContain(
    `script-src ${digest(script ?? '')} https://embeddable-sandbox.cdn.apollographql.com;`,
  );
  expect(policy).toContain(`style-src ${digest(style ?? '')};`);
  expect(policy).toContain('frame-src https://sandbox.embed.apollographql.com;');
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|\*/);
  expect(html).not.toMatch(/ on\w+=| style=/);
});

interface Made {
  src?: string;
  onload?: () => void;
  onerror?: () => void;
}

/** Runs the page's script against as much of a browser as it uses. */
function runScript() {
  const status = { textContent: 'Loading' };
  const text = { open: true };
  const made: Made[] = [];
  const sandboxes: Record<string, unknown>[] = [];
  const timers: (() => void)[] = [];
  const listeners: ((event: { origin: string }) => void)[] = [];
  function EmbeddedSandbox(options: Record<string, unknown>) {
    sandboxes.push(options);
  }
  const sandbox = {
    document: {
      getElementById: (id: string) => (id === 'status' ? status : text),
      createElement: () => ({}),
      head: { append: (element: Made) => void made.push(element) },
    },
    location: { origin: 'http://127.0.0.1:4000' },
    addEventListener: (_name: string, listener: (event: { origin: string }) => void) =>
      void listeners.push(listener),
    setTimeout: (work: () => void) => timers.push(work),
    clearTimeout: () => void timers.splice(0),
    window: {
      EmbeddedSandbox,
    },
  };
  runInContext(landingScript, createContext(sandbox));
  const speak = (origin: string) => {
    for (const listener of listeners) listener({ origin });
  };
  return { status, text, script: made[0], sandboxes, timers, speak };
}

describe('the script', () => {
  test('opens Sandbox with the operations and an Authorization field, and folds the text away once it speaks', () => {
    const { status, text, script, sandboxes, timers, speak } = runScript();
    expect(script?.src).toBe(
      'https://embeddable-sandbox.cdn.apollographql.com/v2/embeddable-sandbox.umd.production.min.js',
    );

    script?.onload?.();
    expect(sandboxes).toEqual([
      expect.objectContaining({
        target: '#sandbox',
        initialEndpoint: 'http://127.0.0.1:4000/graphql',
        initialState: {
          document: landingDocument,
          variables: landingVariables,
          headers: { authorization: 'Bearer <paste the token here>' },
          includeCookies: false,
        },
      }),
    ]);
    speak('https://elsewhere.example');
    expect(text.open).toBe(true);
    speak('https://sandbox.embed.apollographql.com');

    expect(text.open).toBe(false);
    expect(status.textContent).toBe('');
    expect(timers).toEqual([]);
  });

  test('says that it could not be loaded, at once or after a while', () => {
    const refused = runScript();
    refused.script?.onerror?.();
    const silent = runScript();
    silent.timers.forEach((work) => {
      work();
    });

    for (const { status, text } of [refused, silent]) {
      expect(status.textContent).toMatch(/could not be loaded/);
      expect(text.open).toBe(true);
    }
  });
});
