// Stops a server: it takes no new connection, answers every accepted request, and leaves nothing open.

import { type Server } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

import { type Connections } from './connections.js';

export interface Shutdown {
  /** Whether a stop has begun: each answer then tells the client to send its next request on a new connection. */
  readonly begun: () => boolean;
  /** Whether the delay is over: no new connection is taken. */
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

const sweepMs = 50;
const settleMs = 50;
/**
 * How long an idle connection is kept after the port has been closed. A proxy may be sending a request on it right now;
 * the answer tells the proxy to close the connection itself, so it loses nothing.
 */
const idleMs = 400;
/** Where each turn of the event loop is long, as with an embedded database, sixty new connections take a while. */
const maxSettleMs = 3_000;

export function createShutdown(server: Server, connections: Connections): Shutdown {
  let stopped: Promise<void> | null = null;
  let isClosing = false;

  const drain = async ({ delayMs, withinMs, onClosing }: ShutdownOptions) => {
    if (delayMs > 0) await wait(delayMs);
    isClosing = true;
    onClosing();
    const startedAt = performance.now();
    await settle(connections, withinMs);
    const closed = new Promise<void>((resolve) =>
      // Not the HTTP server's own `close`, which ends idle connections at once.
      TcpServer.prototype.close.call(server, () => {
        resolve();
      }),
    );
    const sweep = setInterval(() => {
      if (performance.now() - startedAt >= Math.min(idleMs, withinMs)) connections.endIdle();
    }, sweepMs);
    const cut = setTimeout(connections.cutAll, Math.max(0, withinMs - (performance.now() - startedAt)));
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
    // Nothing is left to end; this stops Node's timer that looks for slow requests.
    server.close();
  };

  return {
    begun: () => stopped !== null,
    closing: () => isClosing,
    stop: (options) => (stopped ??= drain(options)),
  };
}

/**
 * Resolves when everything that had reached this machine by now has been read, or after a time. A busy process fires
 * a timer before it looks at its connections again, and accepts one new connection a turn.
 */
async function settle(connections: Connections, withinMs: number): Promise<void> {
  await wait(Math.min(settleMs, withinMs));
  const until = performance.now() + Math.min(maxSettleMs, withinMs);
  let seen: number;
  do {
    seen = connections.seen();
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  } while (connections.seen() > seen && performance.now() < until);
}
