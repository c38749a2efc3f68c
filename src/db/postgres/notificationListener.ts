// Listens to the notifications of other nodes, on one connection of its own. It notices a lost or silent connection and makes
// a new one.

import { setTimeout as pause } from 'node:timers/promises';

import { sql } from 'drizzle-orm';

import { withTimeout } from '../deadline.js';
import { openConnection, type Servers } from './connection.js';
import { type ChannelListener } from '../database.js';

export interface NotificationListener {
  /** Listens on another connection, since its server may no longer be the primary. */
  renew(): void;
  close(): Promise<void>;
}

/** How often the listener checks its connection, in milliseconds: one that drops packets looks like a quiet one. */
const beatMs = 5_000;

/** The longest that the check, or the first LISTEN, may take, in milliseconds. */
const connectTimeoutMs = 4_000;

/** The pause before the next attempt to connect, in milliseconds. */
const retryMs = 500;

/**
 * Listens from now until it is closed; never throws.
 *
 * @param channel a plain identifier
 * @param onPooler called where a pooler is between, which passes no notification on: it stops listening then
 */
export function openNotificationListener(
  servers: Servers,
  channel: string,
  listener: ChannelListener,
  onPooler: () => void,
): NotificationListener {
  const stopping = new AbortController();
  let drop: () => void = () => undefined;
  const rest = (ms: number, signal: AbortSignal) =>
    pause(ms, undefined, { ref: false, signal }).catch(ignore);

  /** Listens on one connection until it is lost. */
  const listen = async () => {
    const lost = new AbortController();
    const lose = () => {
      lost.abort();
    };
    stopping.signal.addEventListener('abort', lose);
    try {
      const connection = await openConnection({
        servers,
        signal: stopping.signal,
        statementTimeoutMs: connectTimeoutMs,
        idleSeconds: null,
        onLost: lose,
        onNotify: (_channel, text) => {
          listener.heard(text);
        },
      });
      drop = connection.drop;
      if (connection.pooler !== null) {
        stopping.abort();
        onPooler();
        return;
      }
      await withTimeout(connectTimeoutMs, () => connection.db.execute(sql.raw(`listen ${channel}`)));
      listener.listening();
      while (!lost.signal.aborted) {
        await rest(beatMs, lost.signal);
        await withTimeout(connectTimeoutMs, () => connection.db.execute(sql`select 1`));
      }
    } finally {
      stopping.signal.removeEventListener('abort', lose);
      drop();
    }
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      await listen().catch(ignore);
      await rest(retryMs, stopping.signal);
    }
  };
  const running = run();

  return {
    renew() {
      drop();
    },
    async close() {
      stopping.abort();
      await running;
    },
  };
}

/** Drops an error: the listener makes a lost connection again, and no caller waits for it. */
function ignore(): void {
  return;
}
