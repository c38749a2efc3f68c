// Stopping: no new connection, every accepted request answered, then nothing is left open.

import { type Server } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

import { type Connections } from './connections.js';

export interface Shutdown {
  /** Whether a stop has begun: answers then tell the client to take its next request elsewhere. */
  readonly begun: () => boolean;
  /** Whether the delay is over: no new connection is taken. */
  readonly closing: () => boolean;
  /** Resolves when the last connection has ended. A second call joins the first. */
  readonly stop: (options: ShutdownOptions) => Promise<void>;
}

export interface ShutdownOptions {
  /** How long the node goes on serving, so that load balancers notice that it is not ready any more. */
  readonly delayMs: number;
  /** After the delay: connections that are busy for longer are cut. */
  readonly withinMs: number;
  /** Called when the delay is over. */
  readonly onClosing: () => void;
}

const sweepMs = 50;
const settleMs = 50;
/**
 * For how long an idle connection is kept after the port has been closed. A proxy may be sending a request on it right
 * now; one that is answered in this time has been told to close the connection itself, and loses nothing.
 */
const idleMs = 400;
/** Where each turn of the event loop is long, as with an embedded database, sixty connections take their time. */
const settleMostMs = 3_000;

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
    // Nothing is left to end; it lets go of the timer that looks for slow requests.
    server.close();
  };

  return {
    begun: () => stopped !== null,
    closing: () => isClosing,
    stop: (options) => (stopped ??= drain(options)),
  };
}

/**
 * Resolves when what had reached this machine by now has been read, or after a time. A busy process fires a timer
 * before it looks at its connections again, and takes in one new connection a turn.
 */
async function settle(connections: Connections, withinMs: number): Promise<void> {
  await wait(Math.min(settleMs, withinMs));
  const until = performance.now() + Math.min(settleMostMs, withinMs);
  let seen: number;
  do {
    seen = connections.seen();
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  } while (connections.seen() > seen && performance.now() < until);
}
