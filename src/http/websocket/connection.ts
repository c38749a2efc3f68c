// One websocket from its opening to its end: its messages in and out, and its end for a client that floods, falls silent or does
// not read.

import { type Socket } from 'node:net';

import { type RawData, type WebSocket } from 'ws';

import { type SubscriptionConnection, type SubscriptionServer } from '../../graphql/subscriptions/server.js';
import { type Log } from '../../observability/log.js';
import { type ClientInfo } from '../../users/types.js';
import { isTooComplex } from '../body.js';
import { type HeldBytes, type Holder } from '../capacity.js';
import { countPartial, frameBytes } from './partial.js';

export interface OpenSocket {
  /** Pings the client, and cuts it when it has sent nothing since the last call. Called at an interval. */
  beat(): void;
  /** Begins to close because the node stops; the client connects to another node. */
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

/** How many bytes may wait to be sent to a client that does not read. */
const maxUnsentBytes = 262_144;

/** How long a client may take to answer a close, in milliseconds. */
const closeTimeoutMs = 2_000;

/** For how many beats a websocket without a token may stay open: it gets no events. */
const maxAnonymousBeats = 3;

export interface WebsocketParts {
  readonly subscriptions: SubscriptionServer;
  readonly log: Log;
  readonly requestId: string;
  readonly clientInfo: ClientInfo;
  readonly onClosed: (socket: OpenSocket) => void;
  readonly heldBytes: HeldBytes;
}

/** Serves a websocket that has just been opened. */
export function openWebsocket(ws: WebSocket, tcp: Socket, parts: WebsocketParts): OpenSocket {
  const { subscriptions, log, requestId, clientInfo, onClosed, heldBytes } = parts;
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

  const sender = createSender(ws, heldBytes, cut);
  const connection: SubscriptionConnection = subscriptions.opened(
    { protocol: ws.protocol, send: sender.send, close },
    { requestId, clientInfo },
  );

  const received = countPartial(tcp, (bytes) => {
    if (bytes > 0) heldBytes.hold(sender.holder, bytes);
    else heldBytes.release(sender.holder, -bytes);
  });

  /** Counts a message of the client; false when it must be left unread. */
  const isWelcome = (bytes: number): boolean => {
    isAlive = true;
    received.message(bytes);
    if (ws.readyState !== ws.OPEN) return false;
    if (!budget.spend(bytes)) close(codes.tooMany, 'Too many messages');
    else if (ws.bufferedAmount > maxUnsentBytes) cut();
    else return true;
    // Nothing more is read from the client; the close is sent all the same.
    ws.pause();
    return false;
  };

  ws.on('message', (data: RawData, isBinary: boolean) => {
    const bytes = data as Buffer;
    if (!isWelcome(bytes.length)) return;
    if (isBinary || isTooComplex(bytes)) {
      close(codes.invalidMessage, 'Invalid message received');
      return;
    }
    connection.message(bytes.toString()).catch((err: unknown) => {
      // The protocol's library throws for a message that only a server may send.
      if (err instanceof Error && err.message.startsWith('Unexpected message')) {
        close(codes.invalidMessage, 'Invalid message received');
        return;
      }
      log.error({ err, requestId }, 'websocket failed');
      close(codes.fault, 'Internal server error');
    });
  });
  ws.on('ping', (data) => {
    if (isWelcome(data.length)) ws.pong(data, false, sender.hold(data.length + frameBytes));
  });
  ws.on('pong', (data) => {
    isAlive = true;
    received.message(data.length);
  });
  // A malformed frame is the client's fault; the library has begun to close the websocket for it.
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
    received.end();
    onClosed(socket);
    const durationMs = Math.round(performance.now() - openedAt);
    log.info({ requestId, code, durationMs }, 'websocket closed');
    connection.closed(code, reason.toString()).catch((err: unknown) => {
      log.error({ err, requestId }, 'websocket failed');
    });
  });
  return socket;
}

/** Makes the sender of a websocket's messages. It holds the bytes of each until it has been sent. */
function createSender(ws: WebSocket, heldBytes: HeldBytes, cut: () => void) {
  let sent = 0;
  const holder: Holder = { head: () => sent, cut };

  /** Holds the bytes of a message; the returned function releases them when it has been sent, or can never be. */
  const hold = (bytes: number) => {
    heldBytes.hold(holder, bytes);
    return () => {
      sent += 1;
      heldBytes.release(holder, bytes);
    };
  };

  return {
    holder,
    hold,
    send: (text: string) =>
      new Promise<void>((resolve) => {
        if (ws.readyState !== ws.OPEN) {
          resolve();
          return;
        }
        const done = hold(Buffer.byteLength(text));
        ws.send(text, () => {
          done();
          resolve();
        });
      }),
  };
}

interface MessageBudget {
  /** Counts one message; false when the client has sent too many messages or bytes in a short time. */
  spend(bytes: number): boolean;
}

const budgetWindowMs = 10_000;
const maxMessages = 200;
const maxBytes = 1_048_576;

/** Makes the bound on what one client may send: enough for any honest client, and soon spent by a flood. */
function createMessageBudget(): MessageBudget {
  let startedAt = performance.now();
  let messages = 0;
  let bytes = 0;

  return {
    spend(size) {
      const now = performance.now();
      if (now - startedAt > budgetWindowMs) {
        startedAt = now;
        messages = 0;
        bytes = 0;
      }
      messages += 1;
      bytes += size;
      return messages <= maxMessages && bytes <= maxBytes;
    },
  };
}
