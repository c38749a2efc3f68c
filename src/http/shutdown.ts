// Stopping: no new connection, every accepted request answered, then nothing is left open.

import { type Server } from 'node:http';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

import { type Connections } from './connections.js';

export interface Stop {
  /** Whether a stop has begun: answers then tell the client to take its next request elsewhere. */
  readonly begun: () => boolean;
  /**
   * Resolves when the last connection has ended; those still busy after `withinMs` milliseconds are cut. A second
   * call joins the first.
   */
  readonly stop: (withinMs: number) => Promise<void>;
}

const sweepMs = 50;
const settleMs = 50;
/** Where each turn of the event loop is long, as with an embedded database, sixty connections take their time. */
const settleMostMs = 3_000;

export function createStop(server: Server, connections: Connections): Stop {
  let stopped: Promise<void> | null = null;

  const drain = async (withinMs: number) => {
    const startedAt = performance.now();
    await settle(connections, withinMs);
    const closed = new Promise<void>((resolve) =>
      server.close(() => {
        resolve();
      }),
    );
    connections.endIdle();
    const sweep = setInterval(connections.endIdle, sweepMs);
    const cut = setTimeout(connections.cutAll, Math.max(0, withinMs - (performance.now() - startedAt)));
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
  };

  return {
    begun: () => stopped !== null,
    stop: (withinMs) => (stopped ??= drain(withinMs)),
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
