// Devices that wait over websockets to be told that their session has ended, as a front end does it.

import { setTimeout as pause } from 'node:timers/promises';

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

import { sessionEnded } from './operations.js';

export interface Event {
  /** When the session ended, by the event itself, in milliseconds since 1970. */
  readonly endedAtMs: number;
  /** When the event came, by the same clock. */
  readonly cameAtMs: number;
}

export interface Subscriber {
  /** Rejects when the socket ends without an event. */
  readonly told: Promise<Event>;
  close(): void;
}

/** Sockets that are opened at once: more would wait in the kernel's queue. */
const atOnce = 50;

/** How long subscriptions have to be taken in behind the last acknowledgement, in milliseconds. */
const settleMs = 1_500;

/** The clock of events, with fractions of a millisecond. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** Resolves when all of them wait. */
export async function subscribeAll(port: number, tokens: readonly string[]): Promise<Subscriber[]> {
  const subscribers: Subscriber[] = [];
  for (let done = 0; done < tokens.length; done += atOnce) {
    const some = tokens.slice(done, done + atOnce);
    subscribers.push(...(await Promise.all(some.map((token) => subscribe(port, token)))));
  }
  await pause(settleMs);
  return subscribers;
}

async function subscribe(port: number, token: string): Promise<Subscriber> {
  let acknowledged: () => void = () => undefined;
  const connected = new Promise<void>((resolve) => {
    acknowledged = resolve;
  });
  const client = createClient({
    url: `ws://127.0.0.1:${String(port)}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    on: { connected: acknowledged },
  });
  const told = new Promise<Event>((resolve, reject) => {
    client.subscribe<{ sessionEnded: { at: string } }>(sessionEnded, {
      next({ data }) {
        const cameAtMs = nowMs();
        if (data == null) reject(new Error('an error instead of an event'));
        else resolve({ endedAtMs: Date.parse(data.sessionEnded.at), cameAtMs });
      },
      error: (cause) => {
        reject(new Error('a socket ended without an event', { cause }));
      },
      complete: () => {
        reject(new Error('a subscription ended without an event'));
      },
    });
  });
  // Most are never told, and nothing waits for those.
  told.catch(() => undefined);
  await Promise.race([connected, told]);
  return { told, close: () => void client.dispose() };
}
