// Stops a server without a client error: every accepted request is answered, and a proxy in front loses none that it sends
// while the port closes.

import { type Server } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

import { type Connections } from './connections.js';

export interface Shutdown {
  /** Tells whether the stop has begun. */
  readonly begun: () => boolean;
  /** Tells whether each answer tells the client to send its next request on a new connection. */
  readonly endsConnections: () => boolean;
  /** Tells whether the delay is over: no new connection is taken. */
  readonly closing: () => boolean;
  /** Resolves when the last connection has ended. A second call joins the first. */
  readonly stop: (options: ShutdownOptions) => Promise<void>;
}

export interface ShutdownOptions {
  /** How long the node continues to serve, so that load balancers notice that it is no longer ready. */
  readonly delayMs: number;
  /** How long connections may stay busy after the delay, before they are cut. */
  readonly withinMs: number;
  /** Called when the delay is over. */
  readonly onClosing: () => void;
}

/** How often idle connections are looked for, in milliseconds. */
const sweepMs = 50;

/**
 * How long an idle connection is kept after the port has been closed, in milliseconds. A proxy may be sending a request on it right now;
 * the answer tells the proxy to close the connection itself, so it loses nothing. Where there is a delay for load
 * balancers, it is long enough for their requests to use up the connections that they have kept.
 */
const idleMs = { withoutDelay: 400, withDelay: 2_000 };

export function createShutdown(server: Server, connections: Connections): Shutdown {
  let stopped: Promise<void> | null = null;
  let isClosing = false;
  let endsConnections = false;

  const drain = async ({ delayMs, withinMs, onClosing }: ShutdownOptions) => {
    endsConnections = true;
    if (delayMs > 0) await wait(delayMs);
    isClosing = true;
    onClosing();
    const startedAt = performance.now();
    // A proxy that has no health checks goes on: with connections that are kept it needs no new ones.
    endsConnections = false;
    await settle(connections, withinMs);
    const closed = new Promise<void>((resolve) =>
      // Not the HTTP server's own `close`, which ends idle connections at once.
      TcpServer.prototype.close.call(server, () => {
        resolve();
      }),
    );
    endsConnections = true;
    const closedAt = performance.now();
    const leftMs = Math.max(0, withinMs - (closedAt - startedAt));
    const keptMs = Math.min(delayMs > 0 ? idleMs.withDelay : idleMs.withoutDelay, leftMs);
    const sweep = setInterval(() => {
      if (performance.now() - closedAt >= keptMs) connections.endIdle();
    }, sweepMs);
    const cut = setTimeout(connections.cutAll, leftMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
    // Nothing is left to end; this stops Node's timer that looks for slow requests.
    server.close();
  };

  return {
    begun: () => stopped !== null,
    endsConnections: () => endsConnections,
    closing: () => isClosing,
    stop: (options) => (stopped ??= drain(options)),
  };
}

/** The port is closed after this long without a new connection, in milliseconds; after less with each try. */
const quietMs = 50;
const quietFactor = 0.8;
/** Where each turn of the event loop is long, as with an embedded database, sixty new connections take a while. */
const maxSettleMs = 5_000;
/** In a longer turn of the event loop, new connections may have come that no one has looked for. */
const shortTurnMs = 1;

/**
 * Resolves at a moment in which the port can be closed, or after a time. The system resets the connections that wait to
 * be accepted then, and a proxy must not send a mutation to another node once it has sent it on one of them.
 */
async function settle(connections: Connections, withinMs: number): Promise<void> {
  const until = performance.now() + Math.min(maxSettleMs, withinMs);
  let accepted: number;
  let turnMs: number;
  let pauseMs = quietMs;
  do {
    accepted = connections.accepted();
    await wait(Math.min(pauseMs, withinMs));
    pauseMs *= quietFactor;
    turnMs = await lookForConnections();
  } while ((connections.accepted() > accepted || turnMs > shortTurnMs) && performance.now() < until);
}

/**
 * Resolves when the event loop has looked for new connections, with how long that took. A busy process fires a timer
 * before it looks at its connections again, and accepts one new connection a turn.
 */
async function lookForConnections(): Promise<number> {
  await nextTurn();
  await nextTurn();
  const startedAt = performance.now();
  await nextTurn();
  return performance.now() - startedAt;
}
