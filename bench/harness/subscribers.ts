// Devices that subscribe over websockets to the end of their session, as a front end does.

import { setTimeout as pause } from 'node:timers/promises';

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

import { sessionEnded } from './operations.js';

export interface Event {
  /** The time at which the session ended, from the event itself, in milliseconds since 1970. */
  readonly endedAtMs: number;
  /** The time at which the event arrived, by the same clock. */
  readonly arrivedAtMs: number;
}

export interface Subscriber {
  /** Resolves to the event; rejects when the websocket ends without one. */
  readonly event: Promise<Event>;
  close(): void;
}

/** The number of websockets that open at once: more would wait in the kernel's queue. */
const atOnce = 50;

/** The time that a node gets to start the subscriptions after the last acknowledgement, in milliseconds. */
const settleMs = 1_500;

/** The clock of events, with fractions of a millisecond. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** Subscribes with every token, and resolves when all subscriptions have started. */
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
  const event = new Promise<Event>((resolve, reject) => {
    client.subscribe<{ sessionEnded: { at: string } }>(sessionEnded, {
      next({ data }) {
        const arrivedAtMs = nowMs();
        if (data == null) reject(new Error('an error instead of an event'));
        else resolve({ endedAtMs: Date.parse(data.sessionEnded.at), arrivedAtMs });
      },
      error: (cause) => {
        reject(new Error('a socket ended without an event', { cause }));
      },
      complete: () => {
        reject(new Error('a subscription ended without an event'));
      },
    });
  });
  // Most get no event, and nothing awaits those.
  event.catch(() => undefined);
  await Promise.race([connected, event]);
  return { event, close: () => void client.dispose() };
}
