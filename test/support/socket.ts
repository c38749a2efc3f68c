// A device that subscribes: one websocket of the protocol graphql-transport-ws, with all messages that it received.

import { once } from 'node:events';

import WebSocket from 'ws';

import { whenFileEnds } from './whenFileEnds.js';

export interface SocketMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

export interface Closing {
  readonly code: number;
  readonly reason: string;
}

export interface TestSocket {
  /** Every message so far. */
  readonly messages: readonly SocketMessage[];
  /** The arrival time of each message, in milliseconds of `performance.now()`. */
  readonly times: readonly number[];
  readonly raw: WebSocket;
  send(message: SocketMessage): void;
  /** Resolves to the first message of this type, now or later; rejects when the socket closes before. */
  message(type: string, withinMs?: number): Promise<SocketMessage>;
  /** Resolves when the socket has closed, now or later. */
  closed(withinMs?: number): Promise<Closing>;
  close(): void;
}

export const sessionEndedOperation = 'subscription { sessionEnded { reason at by { kind name } } }';

const maxWaitMs = 15_000;

/** Opens a socket without sending a message. */
export async function openSocket(url: string, protocols = ['graphql-transport-ws']): Promise<TestSocket> {
  const raw = new WebSocket(new URL('/graphql', url.replace(/^http/, 'ws')), protocols);
  raw.on('error', () => undefined);
  const messages: SocketMessage[] = [];
  const times: number[] = [];
  const waiting = new Set<() => void>();
  let closing: Closing | null = null;

  raw.on('message', (data) => {
    messages.push(JSON.parse((data as Buffer).toString()) as SocketMessage);
    times.push(performance.now());
    for (const check of waiting) check();
  });
  raw.on('close', (code, reason) => {
    closing = { code, reason: reason.toString() };
    for (const check of waiting) check();
  });
  whenFileEnds(() => {
    raw.terminate();
    return Promise.resolve();
  });

  const until = <T>(find: () => T | undefined, withinMs: number, what: string) =>
    new Promise<T>((resolve, reject) => {
      const seen = () => `waited in vain for ${what}: ${JSON.stringify({ messages, closing })}`;
      const timer = setTimeout(() => {
        waiting.delete(check);
        reject(new Error(seen()));
      }, withinMs);
      const check = () => {
        const found = find();
        if (found === undefined && closing === null) return;
        clearTimeout(timer);
        waiting.delete(check);
        if (found === undefined) reject(new Error(seen()));
        else resolve(found);
      };
      waiting.add(check);
      check();
    });

  await once(raw, 'open');
  return {
    messages,
    times,
    raw,
    send(message) {
      raw.send(JSON.stringify(message));
    },
    message: (type, withinMs = maxWaitMs) =>
      until(() => messages.find((message) => message.type === type), withinMs, type),
    closed: (withinMs = maxWaitMs) => until(() => closing ?? undefined, withinMs, 'the close'),
    close() {
      raw.close();
    },
  };
}

/** Opens a socket and presents a token; resolves when the node has acknowledged it or the socket has closed. */
export async function connect(url: string, token?: string): Promise<TestSocket> {
  const socket = await openSocket(url);
  const payload = token === undefined ? {} : { authorization: `Bearer ${token}` };
  socket.send({ type: 'connection_init', payload });
  await Promise.race([socket.message('connection_ack'), socket.closed()]).catch(() => undefined);
  return socket;
}

export function subscribe(socket: TestSocket, id = '1', query = sessionEndedOperation): void {
  socket.send({ type: 'subscribe', id, payload: { query } });
}

/** Opens a socket and subscribes to the end of the token's session. */
export async function watch(url: string, token: string): Promise<TestSocket> {
  const socket = await connect(url, token);
  subscribe(socket);
  // The node answers in order: the pong proves that it has set up the subscription.
  socket.send({ type: 'ping' });
  await socket.message('pong');
  return socket;
}

/** Resolves to the `sessionEnded` event of a socket; throws when an error comes instead. */
export async function sessionEndedOn(socket: TestSocket, withinMs?: number): Promise<unknown> {
  const { payload } = await socket.message('next', withinMs);
  const { data, errors } = payload as { data?: { sessionEnded: unknown }; errors?: unknown };
  if (data === undefined) throw new Error(`an error instead of an event: ${JSON.stringify(errors)}`);
  return data.sessionEnded;
}
