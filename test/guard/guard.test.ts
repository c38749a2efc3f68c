// `npx hufu guard` in front of a server that looks at a token once: its streams end with their session all the same.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';

import { beforeAll, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';

import { createGuard } from '../../src/guard/guard.js';
import { createRemoteHufu, type RemoteHufu } from '../../src/remote/index.js';
import { gate } from '../support/gate.js';
import { gql } from '../support/gql.js';
import { login, logoutOperation, register } from '../support/operations.js';
import { serviceKey } from '../support/serviceKey.js';
import { connect, openSocket } from '../support/socket.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

let node: RunningNode;
let url: string;
let hufu: RemoteHufu;
/** The URL of the server behind. */
let behindUrl: string;
/** What the server behind has heard from its sockets. */
const heard: string[] = [];
const seen: { readonly path: string; readonly forwarded: unknown; readonly host: unknown }[] = [];

async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  whenFileEnds(() => {
    server.closeAllConnections();
    server.close();
    return Promise.resolve();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

beforeAll(async () => {
  node = await startNode({ env: { INTEGRATIONS: 'introspect,feed' } });
  const key = await serviceKey(node, 'guard', ['introspect', 'explain', 'feed']);
  hufu = createRemoteHufu({ url: node.url, serviceKey: key, log: { warn: () => undefined } });
  const behind = createServer((request, response) => {
    const { headers } = request;
    seen.push({ path: request.url ?? '', forwarded: headers['x-forwarded-for'], host: headers.host });
    if (request.url === '/base/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    } else request.pipe(response.writeHead(201, { 'content-type': 'text/plain' }));
  });
  const sockets = new WebSocketServer({ server: behind });
  sockets.on('connection', (socket, request) => {
    // One that looks at the token at the start and speaks first.
    if (request.url === '/base/greets') socket.send('hello');
    socket.on('message', (data) => {
      const text = (data as Buffer).toString();
      heard.push(text);
      if (text.includes('connection_init')) socket.send('{"type":"connection_ack"}');
    });
  });
  behindUrl = `${await listen(behind)}/base`;
  url = await listen(createGuard({ hufu, upstream: new URL(behindUrl) }));
  whenFileEnds(() => {
    hufu.stop();
    return Promise.resolve();
  });
});

describe('GUARD-01 requests', () => {
  it('MUST pass through as they are, and lead nowhere else', async () => {
    const body = 'x'.repeat(200_000);
    const response = await fetch(`${url}/graphql?a=b`, { method: 'POST', body });
    expect([response.status, await response.text()]).toEqual([201, body]);
    const { path, forwarded, host } = seen.at(-1) ?? {};
    expect([path, forwarded]).toEqual(['/base/graphql?a=b', '127.0.0.1']);
    expect(host).not.toBe(new URL(url).host);
    const elsewhere = await fetch(url, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(elsewhere.status).toBe(201);
    expect(seen.at(-1)?.forwarded).toBe('192.0.2.1, 127.0.0.1');
  });

  it('MUST stay one request each, below the path of the server behind, whatever their body and path', async () => {
    const hidden = 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n';
    seen.length = 0;
    const socket = connectTcp(Number(new URL(url).port), '127.0.0.1');
    const answers = socket.setEncoding('utf8').toArray();
    socket.write('GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    socket.write(`${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`);
    socket.write('GET /../b/%2e%2e/..//c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect((await answers).join('')).toContain(hidden);
    expect(seen.map(({ path }) => path)).toEqual(['/base/a', '/base//c']);
  });

  it('MUST be 502 where the server behind does not answer', async () => {
    const hufu = createRemoteHufu({ url: node.url, serviceKey: 'unused' });
    const lost = await listen(createGuard({ hufu, upstream: new URL('http://127.0.0.1:9') }));
    expect((await fetch(lost)).status).toBe(502);
    hufu.stop();
  });
});

it('GUARD-02 server-sent events MUST end with their session, and not begin once it has ended', async () => {
  const { token } = await register(node.url);
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/stream`, { headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe('data: 1\n\n');
  await gql(node.url, { query: logoutOperation, token });
  await expect(reader?.read()).rejects.toThrow();
  expect((await fetch(`${url}/stream`, { headers })).status).toBe(401);
  const open = await fetch(`${url}/stream`);
  expect(open.status).toBe(200);
  await open.body?.cancel();
});

it('GUARD-02 a stream whose client leaves while its session is looked up MUST leave no watch', async () => {
  const asked = gate();
  const answer = gate();
  const { token } = await register(node.url);
  let watches = 0;
  const slow = {
    ...hufu,
    async context(request: Parameters<RemoteHufu['context']>[0]) {
      const context = await hufu.context(request);
      asked.open();
      await answer.opened;
      return context;
    },
    watch(...parameters: Parameters<RemoteHufu['watch']>) {
      watches += 1;
      return hufu.watch(...parameters);
    },
  };
  const guard = createGuard({ hufu: slow, upstream: new URL(behindUrl) });
  const left = new Promise((resolve) =>
    guard.on('request', (_, response) => response.once('close', resolve)),
  );
  const client = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const response = fetch(`${await listen(guard)}/stream`, { headers, signal: client.signal });
  await asked.opened;
  client.abort();
  await expect(response).rejects.toThrow();
  await left;
  answer.open();
  await new Promise(setImmediate);
  expect(watches).toBe(0);
});

it('GUARD-03 a websocket MUST close with the session of its first message, with the reason', async () => {
  const { token, user } = await register(node.url);
  const socket = await connect(url, token);
  socket.send({ type: 'subscribe', id: '1' });
  await expect.poll(() => heard.at(-1)).toBe('{"type":"subscribe","id":"1"}');
  await login(node.url, user.email);
  expect(await socket.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });

  heard.length = 0;
  expect(await (await connect(url, token)).closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
  // Nothing of it has reached the server behind.
  expect(heard).toEqual([]);
  const stranger = await connect(url);
  expect(stranger.messages).toEqual([{ type: 'connection_ack' }]);
});

it('GUARD-03 a token in a binary message, in another spelling, or in the header MUST be judged before either side hears', async () => {
  const { token } = await register(node.url);
  await gql(node.url, { query: logoutOperation, token });
  const authorization = `Bearer ${token}`;
  heard.length = 0;
  const init = (payload: object) => Buffer.from(JSON.stringify({ type: 'connection_init', payload }));
  const binary = await openSocket(url);
  binary.raw.send(init({ authorization }));
  expect(await binary.closed()).toEqual({ code: 4403, reason: 'LOGGED_OUT' });
  const both = await openSocket(url);
  both.raw.send(init({ authorization: '', Authorization: authorization }).toString());
  expect((await both.closed()).code).toBe(4403);
  expect(heard).toEqual([]);

  const greeted = new WebSocket(`${url}/greets`, { headers: { authorization } });
  const told: unknown[] = [];
  greeted.on('message', (data) => told.push(data));
  expect(await once(greeted, 'close')).toEqual([4403, Buffer.from('LOGGED_OUT')]);
  expect(told).toEqual([]);
});

it('GUARD-04 messages MUST wait at the client while its session is looked up, and then arrive in their order', async () => {
  const answer = gate();
  const slow = {
    ...hufu,
    ws: {
      ...hufu.ws,
      async onConnect(...parameters: Parameters<RemoteHufu['ws']['onConnect']>) {
        await answer.opened;
        return hufu.ws.onConnect(...parameters);
      },
    },
  };
  const { raw } = await openSocket(await listen(createGuard({ hufu: slow, upstream: new URL(behindUrl) })));
  heard.length = 0;
  const texts = Array.from({ length: 64 }, (_, index) => String(index).padEnd(1_000_000, '.'));
  for (const text of texts) raw.send(text);
  // Enough for all of them, if they were taken.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(raw.bufferedAmount).toBeGreaterThan(32_000_000);
  answer.open();
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(64);
  expect(heard.every((text, index) => text === texts[index])).toBe(true);
});
