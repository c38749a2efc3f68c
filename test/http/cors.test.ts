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

test('a preflight allows a listed origin the methods and headers of the API', async () => {
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
])('a preflight allows the unlisted origin %s nothing', async (origin) => {
  const headers = await preflight({ corsOrigins: [app] }, origin);

  expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  expect(headers.get('vary')).toBe('origin');
});

test('in development a preflight allows the hosted Sandbox, also into the private network', async () => {
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

test('a listed origin may read both results and refusals', async () => {
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

test('an OPTIONS request that is no preflight gets the allowed methods', async () => {
  const { url } = await serve({ corsOrigins: [app] });

  const response = await fetch(`${url}/graphql`, { method: 'OPTIONS' });

  expect(response.status).toBe(204);
  expect(response.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
});

test.each([
  'sentry-trace,baggage',
  'traceparent, tracestate, newrelic',
  'x-datadog-trace-id,x-datadog-parent-id,x-datadog-origin,x-datadog-sampling-priority',
  'X-Anything-At-All',
])('a preflight allows a listed origin all headers that it asks for: %s', async (asked) => {
  const headers = await preflight({ corsOrigins: [app] }, app, { 'access-control-request-headers': asked });

  const allowed = headers.get('access-control-allow-headers')?.split(', ');
  expect(allowed).toEqual(expect.arrayContaining(asked.split(',').map((name) => name.trim().toLowerCase())));
  expect(allowed).toEqual(expect.arrayContaining(['content-type', 'authorization']));
});

test.each(['a b', 'x:y', 'x-long-'.repeat(700), 'x-é', ''])(
  'a preflight does not repeat a malformed list of headers: %.20s',
  async (asked) => {
    const bytes = Buffer.from(asked).toString('latin1');
    const headers = await preflight({ corsOrigins: [app] }, app, { 'access-control-request-headers': bytes });

    expect(headers.get('access-control-allow-headers')).toMatch(/^authorization, content-type, [a-z, -]+$/);
    expect((headers.get('access-control-allow-headers') ?? '').length).toBeLessThan(300);
  },
);

test('a preflight repeats no headers to an unlisted origin', async () => {
  const asks = { 'access-control-request-headers': 'sentry-trace' };
  const headers = await preflight({ corsOrigins: [app] }, 'https://evil.example', asks);

  expect(headers.has('access-control-allow-headers')).toBe(false);
});

test('an app with a custom scheme can be listed', async () => {
  for (const origin of ['capacitor://localhost', 'tauri://localhost', 'ionic://localhost']) {
    const headers = await preflight({ corsOrigins: [origin] }, origin);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
  }
});

test('in development the log names each refused page once, with the setting that allows it', async () => {
  const { url, lines } = await serve({ development: true, corsOrigins: [app] });
  const ask = (headers: Record<string, string>) => fetch(`${url}/graphql`, { method: 'OPTIONS', headers });
  const warnings = () => lines.filter(({ level }) => level === 40).map(({ msg }) => msg);

  for (const origin of [app, studio, url]) await ask({ origin });
  await ask({ origin: 'http://localhost:5173', 'sec-fetch-site': 'same-origin' });
  expect(warnings()).toEqual([]);

  for (let times = 0; times < 3; times += 1) await ask({ origin: 'http://localhost:5173' });
  await ask({ origin: 'null' });
  await ask({ origin: 'no origin: hunter2' });
  expect(warnings()).toEqual([
    'CORS_ORIGINS: the page http://localhost:5173 may not call the API. Add http://localhost:5173 to CORS_ORIGINS to let it in.',
    expect.stringMatching(/^CORS_ORIGINS: a page without an origin of its own /),
  ]);
  for (let page = 0; page < 50; page += 1) await ask({ origin: `http://${String(page)}.example` });
  expect(warnings()).toHaveLength(20);
});

test('in production the log does not mention refused pages', async () => {
  const { url, lines } = await serve({ corsOrigins: [app] });
  await fetch(`${url}/graphql`, { method: 'OPTIONS', headers: { origin: 'http://localhost:5173' } });
  expect(lines.filter(({ level }) => level === 40)).toEqual([]);
});
