// Protection against DNS rebinding: a development server answers to known host names only.

import { pino } from 'pino';
import { expect, test } from 'vitest';

import { createMetricsServer } from '../../src/http/metricsServer.js';
import { type SubscriptionServer } from '../../src/graphql/subscriptions/server.js';
import { exchange, serve } from './harness.js';

const paths = ['/', '/graphql', '/healthz', '/readyz', '/nowhere'];

const ask = (port: number, host: string, path: string, more = '') =>
  exchange(port, `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n${more}\r\n`);

test.each([
  'evil.example',
  'evil.example:4000',
  'localhost.evil.example',
  'xlocalhost',
  '127.0.0.1.evil.example',
  'localhost@evil.example',
  'a b',
])('in development every route refuses the host %s', async (host) => {
  const { port } = await serve({ development: true, hostNames: ['hufu.example'] });
  for (const path of paths) expect(await ask(port, host, path)).toMatch(/^HTTP\/1\.1 421 /);
});

test.each([
  '127.0.0.1:4000',
  '192.168.1.5',
  '[::1]:4000',
  'localhost',
  'LOCALHOST:4000',
  'localhost.',
  'app.localhost:4000',
  'hufu.example',
  'HUFU.example:8443',
])('in development the server accepts the host %s', async (host) => {
  const { port } = await serve({ development: true, hostNames: ['hufu.example'] });
  expect(await ask(port, host, '/healthz')).toMatch(/^HTTP\/1\.1 200 /);
});

test('in production the server accepts every host', async () => {
  const { port } = await serve();
  expect(await ask(port, 'anything.example', '/healthz')).toMatch(/^HTTP\/1\.1 200 /);
});

test('in development the server refuses a websocket with a foreign host', async () => {
  const subscriptions = {
    opened: () => Promise.reject(new Error('opened')),
  } as unknown as SubscriptionServer;
  const { port } = await serve({ development: true, subscriptions });
  const upgrade =
    'upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
  const bytes = `GET /graphql HTTP/1.1\r\nhost: evil.example\r\nconnection: upgrade\r\n${upgrade}\r\n`;
  expect(await exchange(port, bytes)).toMatch(/^HTTP\/1\.1 421 /);
});

test('in development the metrics server refuses a foreign host', async () => {
  const metrics = {
    count: () => undefined,
    observe: () => undefined,
    gauge: () => undefined,
    read: () => Promise.resolve({ contentType: 'text/plain', text: 'numbers' }),
  };
  const log = pino({ level: 'silent' });
  const server = createMetricsServer(metrics, log, []);
  const { port } = new URL(await server.listen(0, '127.0.0.1'));
  expect(await ask(Number(port), 'evil.example', '/metrics')).toMatch(/^HTTP\/1\.1 421 /);
  expect(await ask(Number(port), '127.0.0.1', '/metrics')).toMatch(/^HTTP\/1\.1 200 [\s\S]*numbers/);
  server.close();
});
