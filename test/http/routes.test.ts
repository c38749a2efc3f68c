import { expect, test } from 'vitest';

import { type Readiness } from '../../src/db/database.js';
import { exchange, last, rawRefusal, refusal, requestText, serve } from './harness.js';

test('/healthz answers 200 while the database is away', async () => {
  const { url } = await serve({ ready: () => Promise.reject(new Error('away')) });

  const response = await fetch(`${url}/healthz`);

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: 'ok' });
});

test('/readyz answers 503 with the reason while the database cannot serve, without internals', async () => {
  let ready: () => Promise<Readiness> = () => Promise.resolve(true);
  const { url, lines } = await serve({ ready: () => ready() });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);

  ready = () => Promise.resolve(false);
  const away = await fetch(`${url}/readyz`);
  expect(away.headers.get('retry-after')).toBe('1');
  expect(await refusal(away)).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });

  for (const [reason, words] of [
    ['READ_ONLY', 'takes no writes'],
    ['TABLES_MISSING', 'Tables or migrations are missing'],
    ['RIGHTS_MISSING', 'The role of the database lacks rights'],
  ] as const) {
    ready = () => Promise.resolve(reason);
    const refused = await fetch(`${url}/readyz`);
    expect(refused.status).toBe(503);
    expect(await refused.text()).toContain(words);
  }

  ready = () => Promise.reject(new Error('password of postgres'));
  expect(await (await fetch(`${url}/readyz`)).text()).not.toContain('postgres');
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'not ready' }));

  ready = () => Promise.resolve(true);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('/readyz checks the database once for eight requests at once', async () => {
  let asked = 0;
  let release: (ready: boolean) => void = () => undefined;
  const { url } = await serve({
    ready: () => {
      asked += 1;
      return new Promise<boolean>((resolve) => (release = resolve));
    },
  });

  const answers = Array.from({ length: 8 }, () => fetch(`${url}/readyz`));
  await expect.poll(() => asked).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  release(true);

  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(asked).toBe(1);
});

test.each(['/', '/graphql/', '//graphql', '/graphiql', '/%67raphql', '/HEALTHZ', '/favicon.ico'])(
  'the unknown path %s gets 404 with a hint at /graphql',
  async (path) => {
    const { port } = await serve();

    const answer = rawRefusal(await exchange(port, requestText(`GET ${path}`, [last])));

    expect(answer).toMatchObject({ status: 404, code: 'BAD_USER_INPUT' });
    expect(answer.message).toBe('There is nothing at this path. The API is at /graphql.');
  },
);

test.each([
  ['PUT', '/graphql', 'GET, HEAD, POST, OPTIONS'],
  ['DELETE', '/graphql', 'GET, HEAD, POST, OPTIONS'],
  ['TRACE', '/graphql', 'GET, HEAD, POST, OPTIONS'],
  ['POST', '/healthz', 'GET, HEAD'],
  ['OPTIONS', '/readyz', 'GET, HEAD'],
])('%s on %s gets 405 with the allowed methods', async (method, path, allow) => {
  const { port } = await serve();

  const answer = rawRefusal(await exchange(port, requestText(`${method} ${path}`, [last])));

  expect(answer).toMatchObject({ status: 405, code: 'BAD_USER_INPUT' });
  expect(answer.headers.get('allow')).toBe(allow);
});

test('a request target may be an absolute URL', async () => {
  const { port, handled } = await serve();

  const text = await exchange(port, requestText('GET http://elsewhere.example/graphql?query=x', [last]));

  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(handled[0]?.search).toBe('?query=x');
});

test('OPTIONS * gets 204', async () => {
  const { port } = await serve();

  expect(await exchange(port, requestText('OPTIONS *', [last]))).toMatch(/^HTTP\/1\.1 204 /);
});

test('CONNECT is refused', async () => {
  const { port } = await serve();

  expect(rawRefusal(await exchange(port, requestText('CONNECT elsewhere.example:443'))).status).toBe(405);
});

test('HTTP/1.1 requires a Host header, HTTP/1.0 does not', async () => {
  const { port } = await serve();

  expect(rawRefusal(await exchange(port, 'GET /healthz HTTP/1.1\r\n\r\n')).status).toBe(400);
  expect(await exchange(port, 'GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
});

test.each(['1.0', '1.1'])(
  'HTTP/%s with two Host headers gets 400, even when they are equal',
  async (version) => {
    const { port } = await serve();

    for (const second of ['one.example', 'two.example']) {
      const hosts = `host: one.example\r\nHOST: ${second}\r\n`;
      const said = await exchange(port, `GET /healthz HTTP/${version}\r\n${hosts}\r\n`);
      expect(rawRefusal(said).status).toBe(400);
      expect(said).not.toContain('example');
    }
  },
);

test('/ redirects to /graphql in development', async () => {
  const { url } = await serve({ development: true });

  const response = await fetch(`${url}/`, { redirect: 'manual' });

  expect(response.status).toBe(302);
  expect(response.headers.get('location')).toBe('/graphql');
});

test('/.well-known/webauthn lists the web origins of the passkeys, and is 404 without any', async () => {
  const app = `android:apk-key-hash:${'a'.repeat(43)}`;
  const { url } = await serve({
    passkeyOrigins: ['https://app.example.com', app, 'https://app.example.org'],
  });

  const listed = await fetch(`${url}/.well-known/webauthn`);
  expect(listed.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await listed.json()).toEqual({ origins: ['https://app.example.com', 'https://app.example.org'] });

  const without = await serve();
  expect((await fetch(`${without.url}/.well-known/webauthn`)).status).toBe(404);
});
