// A response that is a stream has the headers of every response and does not count as a request in flight.

import { type ServerResponse } from 'node:http';

import { expect, test } from 'vitest';

import { dial, last, post, requestText, serve } from './harness.js';

const open: ServerResponse[] = [];
const stream = {
  path: '/stream',
  allow: 'GET',
  answer: ({ response }: { readonly response: ServerResponse }) => ({
    status: 200,
    headers: ['content-type', 'text/event-stream'],
    body: '',
    stream: () => {
      open.push(response);
      response.write('data: begun\n\n');
    },
  }),
};

test('five open streams do not count against a limit of two requests in flight', async () => {
  const { port, url, lines } = await serve({ integrations: [stream], limits: { maxInFlight: 2 } });
  const clients = await Promise.all(Array.from({ length: 5 }, () => dial(port)));
  for (const client of clients) client.send(requestText('GET /stream', []));
  const heads = await Promise.all(clients.map((client) => client.has(/data: begun\n\n/)));

  for (const head of heads) {
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(head.toLowerCase()).toContain('\r\ncache-control: no-store\r\n');
    expect(head.toLowerCase()).not.toContain('content-length');
  }
  expect((await post(url, '{"query":"{ a }"}')).status).toBe(200);
  expect(lines.filter(({ path }) => path === '/stream')).toHaveLength(5);

  for (const response of open) response.end('data: over\n\n');
  await Promise.all(clients.map((client) => client.has(/data: over\n\n/)));
  for (const client of clients) client.socket.destroy();
});

test('a stream closes when its connection ends', async () => {
  const { port } = await serve({ integrations: [stream] });
  const client = await dial(port);
  client.send(requestText('GET /stream', [last]));
  await client.has(/data: begun\n\n/);
  const closed = new Promise((resolve) => open.at(-1)?.once('close', resolve));
  client.socket.destroy();
  await closed;
});
