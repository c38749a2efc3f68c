import { expect, test } from 'vitest';

import { serve, type ServeOptions } from './harness.js';

const app = 'https://app.example.com';
const studio = 'https://studio.apollographql.com';

async function preflight(options: ServeOptions, origin: string, extra: Record<string, string> = {}) {
  const { url } = await serve(options);
  const response = await fetch(`${url}/graphql`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', ...extra },
  });
  expect(response.status).toBe(204);
  expect(await response.text()).toBe('');
  return response.headers;
}

test('a listed origin may send what the API takes', async () => {
  const headers = await preflight({ corsOrigins: [app] }, app);

  expect(headers.get('access-control-allow-origin')).toBe(app);
  expect(headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST, OPTIONS');
  const allowed = headers.get('access-control-allow-headers')?.split(', ');
  expect(allowed).toEqual(
    expect.arrayContaining(['content-type', 'authorization', 'x-request-id', 'apollo-require-preflight']),
  );
  expect(headers.get('access-control-max-age')).toBe('7200');
  expect(headers.get('vary')).toBe('origin');
  expect(headers.has('access-control-allow-credentials')).toBe(false);
});

test.each([
  'https://app.example.com.evil.example',
  'https://evil.example',
  'http://app.example.com',
  'https://app.example.com:8443',
  'HTTPS://APP.EXAMPLE.COM',
  'null',
  '*',
])('the origin %s is told nothing', async (origin) => {
  const headers = await preflight({ corsOrigins: [app] }, origin);

  expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  expect(headers.get('vary')).toBe('origin');
});

test('in development the hosted Sandbox may, also to the private network', async () => {
  const asks = { 'access-control-request-private-network': 'true' };

  const open = await preflight({ development: true }, studio, asks);
  expect(open.get('access-control-allow-origin')).toBe(studio);
  expect(open.get('access-control-allow-private-network')).toBe('true');

  const unasked = await preflight({ development: true }, studio);
  expect(unasked.has('access-control-allow-private-network')).toBe(false);

  const production = await preflight({ corsOrigins: [app] }, studio, asks);
  expect(production.has('access-control-allow-origin')).toBe(false);
  const listed = await preflight({ corsOrigins: [app] }, app, asks);
  expect(listed.has('access-control-allow-private-network')).toBe(false);
});

test('answers and refusals alike can be read by a listed origin', async () => {
  const { url } = await serve({ corsOrigins: [app, 'https://second.example'] });
  const ask = (body: string, origin?: string) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...(origin === undefined ? {} : { origin }) },
    });

  for (const body of ['{}', 'not json']) {
    const { headers } = await ask(body, 'https://second.example');
    expect(headers.get('access-control-allow-origin')).toBe('https://second.example');
    expect(headers.get('access-control-expose-headers')).toBe('x-request-id, retry-after');
    expect(headers.get('vary')).toBe('origin');
  }
  const { headers } = await ask('{}');
  expect(headers.has('access-control-allow-origin')).toBe(false);
  expect(headers.get('vary')).toBe('origin');
});

test('OPTIONS that is no preflight says what is allowed', async () => {
  const { url } = await serve({ corsOrigins: [app] });

  const response = await fetch(`${url}/graphql`, { method: 'OPTIONS' });

  expect(response.status).toBe(204);
  expect(response.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
});
