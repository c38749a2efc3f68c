// One websocket from its opening to its end: its messages in and out, and what a client that floods, falls silent or
// does not read is told.

import { type Socket } from 'node:net';

import { type RawData, type WebSocket } from 'ws';

import { type LiveConnection, type LiveServer } from '../../graphql/subscriptions/server.js';
import { type ClientInfo } from '../../sessions/types.js';
import { type Log } from '../../observability/log.js';
import { type HeldBytes, type Holder } from '../heldBytes.js';
import { isTooDeep } from '../jsonDepth.js';
import { createMessageBudget } from './messageBudget.js';

export interface OpenSocket {
  /** To be called now and then: asks for a sign of life, and cuts a client that gave none since the last time. */
  beat(): void;
  /** Begins to close, because the node stops; a client comes back, to another node. */
  goAway(): void;
  cut(): void;
}

/** Codes of the protocol, and of RFC 6455 section 7.4.1. */
const codes = {
  goingAway: 1001,
  invalidMessage: 4400,
  unauthorized: 4401,
  tooMany: 4429,
  fault: 4500,
} as const;

/** What may wait to be sent to a client that does not read, in bytes. */
const maxUnsentBytes = 262_144;

/** What the head of a frame takes, at most. */
const frameBytes = 14;

/** How long a client may take to answer a close, in milliseconds. */
const closeTimeoutMs = 2_000;

/** For how many beats a socket without a token may stay: it can wait for nothing. */
const maxAnonymousBeats = 3;

export interface WebsocketParts {
  readonly live: LiveServer;
  readonly log: Log;
  readonly requestId: string;
  readonly clientInfo: ClientInfo;
  readonly onClosed: (socket: OpenSocket) => void;
  readonly heldBytes: HeldBytes;
}

/** Takes a socket over that has just been opened. */
export function openWebsocket(ws: WebSocket, tcp: Socket, parts: WebsocketParts): OpenSocket {
  const { live, log, requestId, clientInfo, onClosed, heldBytes } = parts;
  const openedAt = performance.now();
  const budget = createMessageBudget();
  let isAlive = true;
  let anonymousBeats = 0;

  const close = (code: number, reason: string) => {
    if (ws.readyState !== ws.OPEN) return;
    ws.close(code, reason);
    setTimeout(cut, closeTimeoutMs).unref();
  };
  const cut = () => {
    ws.terminate();
  };

  let sent = 0;
  const holder: Holder = { head: () => sent, cut };
  /** Counts what is being sent; the returned function is to be called when it has been, or can never be. */
  const sending = (bytes: number) => {
    heldBytes.hold(holder, bytes);
    return () => {
      sent += 1;
      heldBytes.release(holder, bytes);
    };
  };

  const connection: LiveConnection = live.opened(
    {
      protocol: ws.protocol,
      send: (text) =>
        new Promise((resolve) => {
          if (ws.readyState !== ws.OPEN) {
            resolve();
            return;
          }
          const done = sending(Buffer.byteLength(text));
          ws.send(text, () => {
            done();
            resolve();
          });
        }),
      close,
    },
    { requestId, clientInfo },
  );

  /** Counts what came in; false when it is to be left unread. */
  const isWelcome = (bytes: number): boolean => {
    isAlive = true;
    if (ws.readyState !== ws.OPEN) return false;
    if (!budget.spend(bytes)) close(codes.tooMany, 'Too many messages');
    else if (ws.bufferedAmount > maxUnsentBytes) cut();
    else return true;
    // Nothing more of it is read; the close is on its way all the same.
    ws.pause();
    return false;
  };

  ws.on('message', (data: RawData, isBinary: boolean) => {
    const bytes = data as Buffer;
    if (!isWelcome(bytes.length)) return;
    if (isBinary || isTooDeep(bytes)) {
      close(codes.invalidMessage, 'Invalid message received');
      return;
    }
    connection.message(bytes.toString()).catch((err: unknown) => {
      // A message that only a server may send; the protocol's library throws for it.
      if (err instanceof Error && err.message.startsWith('Unexpected message')) {
        close(codes.invalidMessage, 'Invalid message received');
        return;
      }
      log.error({ err, requestId }, 'websocket failed');
      close(codes.fault, 'Internal server error');
    });
  });
  ws.on('ping', (data) => {
    if (isWelcome(data.length)) ws.pong(data, false, sending(data.length + frameBytes));
  });
  ws.on('pong', () => {
    isAlive = true;
  });
  // What was wrong with a frame is the client's affair: it has been closed for it already.
  ws.on('error', () => undefined);

  const socket: OpenSocket = {
    beat() {
      if (!isAlive || ws.bufferedAmount > maxUnsentBytes) {
        cut();
        return;
      }
      if (!connection.isSignedIn()) anonymousBeats += 1;
      if (anonymousBeats >= maxAnonymousBeats) close(codes.unauthorized, 'NO_TOKEN');
      isAlive = false;
      if (ws.readyState === ws.OPEN) ws.ping();
    },
    goAway() {
      close(codes.goingAway, 'Going away');
    },
    cut,
  };

  ws.once('close', (code, reason) => {
    tcp.destroy();
    onClosed(socket);
    const durationMs = Math.round(performance.now() - openedAt);
    log.info({ requestId, code, durationMs }, 'websocket closed');
    connection.closed(code, reason.toString()).catch((err: unknown) => {
      log.error({ err, requestId }, 'websocket failed');
    });
  });
  return socket;
}
