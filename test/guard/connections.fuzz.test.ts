// 6,000 connections whose clients send random pieces of requests, in front of a server that answers with random pieces.

import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';

import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { type GuardOptions } from '../../src/guard/forward.js';
import { type RemoteOutcome } from '../../src/remote/outcome.js';
import {
  emptyPing,
  fuzzConnections,
  upgradeRequest,
  random,
  websocketHeaders,
} from '../support/connectionFuzz.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { contextOf, startGuard, startTcp } from './harness.js';

const post = (body: string, more = '') =>
  `POST / HTTP/1.1\r\nhost: x\r\n${more}content-length: ${String(body.length)}\r\n\r\n${body}`;

/** Makes a frame of a client, masked with zeros. */
const message = (text: string) => `\x81${String.fromCharCode(0x80 | text.length)}\x00\x00\x00\x00${text}`;
const init = '{"type":"connection_init","payload":{"authorization":"Bearer a"}}';

const pieces = [
  'GET /a HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET /b HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\n\r\n',
  'HEAD /c HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET /d HTTP/1.0\r\n\r\n',
  'GET /e HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
  'GET /f HTTP/1.1\r\n\r\n',
  post('x'.repeat(100)),
  post('x'.repeat(200_000)),
  post('hello', 'expect: 100-continue\r\n'),
  post('hello', 'expect: something\r\n'),
  'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf',
  'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n',
  '1a;a=b\r\n{"query":"{ __typename }"}\r\n0\r\na: b\r\n\r\n',
  upgradeRequest('h2c', '/', 'http2-settings: AAMAAABk\r\n'),
  upgradeRequest('anything'),
  upgradeRequest('anything', '/', 'content-length: 2\r\n') + '{}',
  upgradeRequest('websocket', '/', websocketHeaders),
  upgradeRequest('websocket', '/', `${websocketHeaders}authorization: Bearer a\r\n`),
  upgradeRequest('websocket', '/', `${websocketHeaders}sec-websocket-protocol: graphql-transport-ws\r\n`) +
    message(init),
  upgradeRequest('websocket', '/', websocketHeaders) + message(init) + message(init),
  upgradeRequest('websocket', '/', websocketHeaders) +
    emptyPing +
    message('hello') +
    '\x8a\x80\x00\x00\x00\x00',
  upgradeRequest('websocket', '/', websocketHeaders) + message('hello') + '\x88\x80\x00\x00\x00\x00',
  upgradeRequest('websocket', '/', websocketHeaders) +
    '\x81\xff\x00\x00\x00\x00\x00\x0f\xff\xff\x00\x00\x00\x00unfinished',
  upgradeRequest('websocket', '/', websocketHeaders) + '\xff\xff\xff',
  upgradeRequest('websocket'),
  message('hello'),
  'CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'garbage\r\n\r\n',
  'GET /g HTTP/1.1\r\nhost:',
  'GET /h HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(40),
];

const stream = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n';
const accepted = (request: string) => {
  const key = /^sec-websocket-key: (.*)$/im.exec(request)?.[1]?.trim() ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n\r\n`;
};
const fine = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';

/** The answers of the server behind. */
const answers: readonly ((request: string) => string)[] = [
  () => fine,
  () => fine + fine,
  () => 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
  () => 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  () => 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf',
  () => 'HTTP/1.1 200 OK\r\n\r\nto the end',
  () => `HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n${'x'.repeat(300_000)}`,
  () => `HTTP/1.1 413 Too large\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno`,
  () => 'HTTP/1.1 204 No content\r\ncontent-length: 2\r\n\r\nhi',
  () => 'HTTP/1.1 100 Continue\r\n\r\n',
  () => `HTTP/1.1 103 Early hints\r\nlink: </a>\r\n\r\n${fine}`,
  () => 'HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n',
  () => 'HTTP/1.1 999 Odd\r\ncontent-length: 0\r\nx: a\x80b\r\n\r\n',
  () => `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(5_000)}\r\n`,
  () => stream,
  () => `${stream}data: 1\n\n`,
  () => `${stream}${'data: x\n\n'.repeat(20_000)}`,
  () => 'HTTP/1.1 200 OK\r\ncontent-type: multipart/mixed; boundary=a\r\ntransfer-encoding: chunked\r\n\r\n',
  accepted,
  accepted,
  accepted,
  (request) => `${accepted(request)}\x81\x05hello`,
  (request) => `${accepted(request)}\x89\x02hi\x8a\x00`,
  (request) => `${accepted(request)}\x88\x02\x03\xe8`,
  (request) => `${accepted(request)}\xff\xff\xff`,
  (request) => `${accepted(request)}\x81\x7f\x00\x00\x00\x00\x00\x0f\xff\xffunfinished`,
  () => 'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: other\r\n\r\nabc',
  () => 'garbage\r\n\r\n',
  () => 'HTTP/1.1 200',
  () => '',
];

const ends: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.destroy(),
  (socket) => socket.end(),
  () => undefined,
  () => undefined,
];

test('GUARD-07 no connection MUST end the process or leave a watch or a connection open, whatever client and server send', async () => {
  const { below, next } = random(7);
  let isCalm = false;
  const behind = await startTcp((socket) => {
    // Otherwise a connection that hangs would last for 60 s, the guard's timeout.
    setTimeout(() => {
      if (!isCalm) socket.destroy();
    }, 150);
    if (!isCalm && next() < 0.05) {
      ends[below(ends.length)]?.(socket);
      return;
    }
    socket.on('data', (chunk: Buffer) => {
      const request = chunk.toString('latin1');
      if (!/^[A-Z]+ \//.test(request)) return;
      if (isCalm) {
        if (/^sec-websocket-key/im.test(request)) socket.write(accepted(request));
        return;
      }
      const answer = answers[below(answers.length)]?.(request) ?? '';
      const end = ends[below(ends.length)];
      const act = () => {
        socket.write(Buffer.from(answer, 'latin1'));
        if (next() < 0.3) end?.(socket);
        else setTimeout(() => end?.(socket), below(10));
      };
      if (next() < 0.5) act();
      else setTimeout(act, below(10));
    });
    socket.on('end', () => socket.end());
  });

  const watched = new Set<() => void>();
  const contexts = new Set<unknown>();
  const outcomes: readonly RemoteOutcome[] = [
    { kind: 'anonymous' },
    { kind: 'unavailable' },
    { kind: 'rejected', reason: 'LOGGED_OUT', sessionId: null, at: null, by: null },
    { kind: 'active', session: {}, user: {}, now: () => new Date() } as unknown as RemoteOutcome,
    { kind: 'active', session: {}, user: {}, now: () => new Date() } as unknown as RemoteOutcome,
  ];
  const soon = () => new Promise((resolve) => setTimeout(resolve, below(5)));
  const hufu: GuardOptions['hufu'] = {
    async context() {
      await soon();
      if (next() < 0.02) throw new Error('a bug');
      return contextOf(outcomes[below(outcomes.length)] ?? { kind: 'anonymous' });
    },
    watch(_session, ended) {
      const watch = () => {
        watched.delete(watch);
        ended({ kind: 'unavailable' });
      };
      watched.add(watch);
      if (next() < 0.5)
        setTimeout(() => {
          if (watched.has(watch)) watch();
        }, below(10));
      return () => watched.delete(watch);
    },
    ws: {
      async onConnect(socket) {
        contexts.add(socket);
        await soon();
        if (isCalm) return true;
        if (next() < 0.05) throw new Error('a bug');
        if (next() < 0.2) {
          socket.extra.socket.close(4403, 'LOGGED_OUT');
          return false;
        }
        if (next() < 0.2)
          setTimeout(() => {
            socket.extra.socket.close(4403, 'LOGGED_OUT');
          }, below(10));
        return true;
      },
      context: () => Promise.resolve(contextOf({ kind: 'anonymous' })),
      onClose: (socket) => contexts.delete(socket),
    },
  };
  const [maxRequests, maxSockets] = [160, 40];
  const guard = await startGuard(behind, {
    hufu,
    limits: {
      maxConnections: maxRequests + maxSockets,
      maxConnectionsOfNetwork: maxRequests + maxSockets,
      maxSockets,
      maxSocketsOfNetwork: maxSockets,
      maxInFlight: maxRequests,
      maxInFlightOfNetwork: maxRequests,
    },
  });
  await fuzzConnections(guard.port, pieces, { count: 6_000, atATime: 100 });

  await expect.poll(() => [watched.size, contexts.size], { timeout: 10_000 }).toEqual([0, 0]);
  await expect
    .poll(
      () =>
        new Promise((resolve) =>
          guard.server.getConnections((_error, open) => {
            resolve(open);
          }),
        ),
      { timeout: 10_000 },
    )
    .toBe(0);
  isCalm = true;
  // Every permit has been returned exactly once.
  const sockets = Array.from({ length: maxSockets + 1 }, () => {
    const socket = new WebSocket(guard.url);
    whenFileEnds(() => {
      socket.terminate();
      return Promise.resolve();
    });
    return new Promise((resolve) => {
      socket.once('open', () => {
        resolve(101);
      });
      socket
        .on('error', () => undefined)
        .once('unexpected-response', (_request, { statusCode }) => {
          resolve(statusCode);
        });
    });
  });
  expect((await Promise.all(sockets)).sort()).toEqual([...Array<number>(maxSockets).fill(101), 503]);
  const refused: string[] = [];
  const request = 'GET /waits HTTP/1.1\r\nhost: x\r\n\r\n';
  const requests = Array.from({ length: maxRequests + 1 }, () => {
    const socket = connect(guard.port, '127.0.0.1');
    socket
      .on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        // The guard may have kept a connection that the server behind has cut meanwhile.
        if (chunk.toString().startsWith('HTTP/1.1 502 ')) socket.write(request);
        else refused.push(chunk.toString());
      });
    socket.write(request);
    return socket;
  });
  const cut = () => requests.filter(({ closed }) => closed).map(() => 'cut');
  await expect.poll(() => [...refused, ...cut()], { timeout: 10_000 }).toHaveLength(1);
  for (const socket of requests) socket.destroy();
}, 120_000);
