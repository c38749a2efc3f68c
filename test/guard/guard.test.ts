// `npx hufu guard` in front of a server that looks at a token once: its streams end with their session all the same.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';

import { createGuard } from '../../src/guard/guard.js';
import { createRemoteHufu } from '../../src/remote/index.js';
import { gql } from '../support/gql.js';
import { login, logoutOperation, register } from '../support/operations.js';
import { serviceKey } from '../support/serviceKey.js';
import { connect } from '../support/socket.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

let node: RunningNode;
let url: string;
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
  const hufu = createRemoteHufu({ url: node.url, serviceKey: key, log: { warn: () => undefined } });
  const behind = createServer((request, response) => {
    const { headers } = request;
    seen.push({ path: request.url ?? '', forwarded: headers['x-forwarded-for'], host: headers.host });
    if (request.url === '/base/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    } else request.pipe(response.writeHead(201, { 'content-type': 'text/plain' }));
  });
  const sockets = new WebSocketServer({ server: behind });
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const text = (data as Buffer).toString();
      heard.push(text);
      if (text.includes('connection_init')) socket.send('{"type":"connection_ack"}');
    });
  });
  url = await listen(createGuard({ hufu, upstream: new URL(`${await listen(behind)}/base`) }));
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
