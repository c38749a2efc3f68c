// 20,000 connections that do whatever a client can: pipeline, offer other protocols, close half, reset at any moment.

import { connect, type Socket } from 'node:net';

import { expect, test } from 'vitest';

import { spawnNode } from '../support/spawnNode.js';

const count = 20_000;
const atATime = 128;

/** Mulberry32: the same numbers for the same seed. */
function random(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { next, below: (bound: number) => Math.floor(next() * bound) };
}

const offer = (upgrade: string, path = '/healthz', more = '') =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: ${upgrade}\r\n${more}\r\n`;
const websocket = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n';
const frame = '\x89\x80\x00\x00\x00\x00';
const post = (body: string, more = '') =>
  `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${more}content-length: ${String(body.length)}\r\n\r\n${body}`;

const pieces = [
  'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET /nowhere HTTP/1.0\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
  post('{"query":"{ __typename }"}'),
  post('{"query":"{ __typename }"}', 'expect: 100-continue\r\n'),
  post('{', 'expect: something\r\n'),
  'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  '1a;a=b\r\n{"query":"{ __typename }"}\r\n0\r\na: b\r\n\r\n',
  offer('h2c', '/healthz', 'http2-settings: AAMAAABk\r\n'),
  offer('anything'),
  offer('anything', '/graphql', 'content-length: 2\r\n') + '{}',
  offer('websocket', '/graphql', `${websocket}sec-websocket-protocol: graphql-transport-ws\r\n`),
  offer('websocket', '/graphql', `${websocket}sec-websocket-protocol: graphql-transport-ws\r\n`) + frame,
  offer('websocket', '/graphql'),
  offer('websocket', '/nowhere', websocket),
  'CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  frame,
  'garbage\r\n\r\n',
  'GET /graphql HTTP/1.1\r\nhost:',
  'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(40),
];

const endings: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.destroy(),
  (socket) => socket.end(),
  (socket) => {
    socket.end();
    setImmediate(() => socket.resetAndDestroy());
  },
];

/** When the connection is ended: at once, a few turns later, or when something has come back. */
const moments: readonly ((socket: Socket, act: () => void) => void)[] = [
  (_socket, act) => {
    act();
  },
  (_socket, act) => setImmediate(act),
  (_socket, act) => setImmediate(() => setImmediate(act)),
  (_socket, act) => setTimeout(act, 1),
  (socket, act) => socket.once('data', act),
];

/** One connection from its opening to its end, which comes soon whatever the node does. */
function live(port: number, seed: number): Promise<void> {
  const { below, next } = random(seed);
  const text = Array.from({ length: 1 + below(4) }, () => pieces[below(pieces.length)] ?? '').join('');
  const cut = next() < 0.2 ? below(text.length) : text.length;
  const end = endings[below(endings.length)];
  const moment = moments[below(moments.length)];
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), 100);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.on('error', () => undefined);
    if (next() < 0.8) socket.resume();
    socket.once('connect', () => {
      socket.write(Buffer.from(text.slice(0, cut), 'latin1'));
      moment?.(socket, () => end?.(socket));
    });
  });
}

test(
  'CONNECTION-01 no connection MUST end the process, whatever a client does with it',
  { timeout: 120_000 },
  async () => {
    const node = await spawnNode();
    const port = Number(new URL(node.url).port);
    let seed = 0;
    const work = async () => {
      while (seed < count) await live(port, (seed += 1));
    };
    await Promise.all(Array.from({ length: atATime }, work));

    expect((await fetch(`${node.url}/readyz`)).status).toBe(200);
    expect(node.output()).not.toMatch(/"level":(?:50|60)/);
    expect(await node.stop()).toBe(0);
  },
);
