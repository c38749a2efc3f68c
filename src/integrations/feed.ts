// The feed: the ends of all sessions for servers that follow them. One read of the database and one text serve every
// consumer of a node. A consumer that comes back reads on from its cursor until it has what the others have.

import { isNotNull } from 'drizzle-orm';

import { ServiceUnavailableError } from '../common/errors.js';
import { users } from '../db/schema/index.js';
import { writeBulkEnd } from '../sessions/end.js';
import { createEndings, type Ending, type EndingsPage } from '../sessions/endings.js';
import { createIdleEnds, endExpiredUnseen } from '../sessions/expire.js';
import { type SessionServices } from '../sessions/services.js';
import { type Service, type ServiceVerifier } from './serviceKeys.js';

/** A server that follows the feed, as the floor above reaches it. */
export interface FeedConsumer {
  readonly service: Service;
  /** Sends server-sent events. */
  send(bytes: Uint8Array): void;
  /** How many bytes wait for the consumer to read. */
  waitingBytes(): number;
  /** Ends the stream when everything has been sent. */
  end(): void;
  /** Ends the connection at once. */
  cut(): void;
}

export interface Feed {
  /** Whether one more consumer may join: there is a bound, and a node that stops takes none. */
  hasRoom(): boolean;
  /**
   * Adds a consumer; the returned function removes it.
   *
   * @param cursor the id of the last event that it has received; null to begin with the ends from now on
   */
  join(consumer: FeedConsumer, cursor: string | null): () => void;
  /** Ends every stream, so that its consumer goes on at another node. */
  close(): void;
}

/** In milliseconds. */
export interface FeedTiming {
  /** How often the table is read although no end was heard of: what was not heard of is found by then. */
  readonly sweepMs: number;
  readonly heartbeatMs: number;
}

const defaultTiming: FeedTiming = { sweepMs: 500, heartbeatMs: 5_000 };

const maxConsumers = 2_000;

/** A consumer for which more waits is cut. When it comes back, it gets a page whenever it has read the last one. */
const maxWaitingBytes = 262_144;

/** A consumer for which something has waited at so many heartbeats does not read, and is cut. */
const maxSilentHeartbeats = 3;

/** How many groups of consumers that come back are served between two reads for all others. */
const maxGroups = 8;

interface Following {
  readonly consumer: FeedConsumer;
  /** Up to where it has been sent everything; null where it begins with the others. */
  cursor: string | null;
  silentHeartbeats: number;
}

export function createFeed(
  services: SessionServices,
  verifier: Pick<ServiceVerifier, 'isStill'>,
  { sweepMs, heartbeatMs }: FeedTiming = defaultTiming,
): Feed {
  const { database, background, metrics, clock, endEvents } = services;
  const endings = createEndings(database);
  const idleEnds = createIdleEnds(services);
  /** Those that have everything up to `cursor`, and those that have to be brought there. */
  const live = new Set<Following>();
  const coming = new Set<Following>();
  let cursor = '';
  let timer: NodeJS.Timeout | null = null;
  let isReading = false;
  let isAgain = false;
  let isClosed = false;
  let heartbeatAtMs = 0;

  const all = () => [...live, ...coming];
  metrics.gauge('feed_consumers', () => [{ labels: {}, value: live.size + coming.size }]);

  const remove = (one: Following) => {
    live.delete(one);
    coming.delete(one);
    if (live.size + coming.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };

  const cut = (one: Following, why: 'slow' | 'refused') => {
    remove(one);
    metrics.count('feed_cut', { why });
    one.consumer.cut();
  };

  const send = (to: readonly Following[], bytes: Uint8Array | null) => {
    if (bytes === null) return;
    for (const one of to) {
      // It may have left while the database was read.
      if (!live.has(one) && !coming.has(one)) continue;
      if (one.consumer.waitingBytes() > maxWaitingBytes) cut(one, 'slow');
      else one.consumer.send(bytes);
    }
  };

  /** Sends a page to those that come back and have read the last one; gives those for which nothing is left. */
  const bringOn = async (): Promise<readonly Following[]> => {
    const groups = new Map<string, Following[]>();
    for (const one of coming) {
      if (one.cursor === null || one.consumer.waitingBytes() > 0) continue;
      const group = groups.get(one.cursor);
      if (group !== undefined) group.push(one);
      else if (groups.size < maxGroups) groups.set(one.cursor, [one]);
      else isAgain = true;
    }
    const caughtUp: Following[] = [];
    for (const [from, group] of groups) {
      const page = await endings.after(from);
      send(group, eventsOf(page));
      for (const one of group) one.cursor = page.cursor;
      if (page.hasMore) isAgain = true;
      else caughtUp.push(...group);
    }
    return caughtUp;
  };

  /** Reads once for all. */
  const pass = async () => {
    const isHeartbeatDue = performance.now() - heartbeatAtMs >= heartbeatMs;
    // At the beginning: what this pass sends waits until its end at least.
    if (isHeartbeatDue) dropSilent();
    // Before those that come are brought on: whatever ends from here on, the read below gives to all.
    if (live.size === 0) ({ cursor } = await endings.after(null));
    const beginning = [...coming].filter((one) => one.cursor === null);
    const arriving = [...beginning, ...(await bringOn())];
    for (let hasMore = true; hasMore;) {
      const page = await endings.after(cursor);
      send([...live, ...arriving], eventsOf(page));
      observe(page.endings);
      ({ cursor, hasMore } = page);
    }
    const arrived = arriving.filter((one) => coming.delete(one));
    for (const one of arrived) live.add(one);
    send(arrived, eventOf('ready', cursor, {}));
    if (!isHeartbeatDue) return;
    heartbeatAtMs = performance.now();
    send([...live], eventOf('heartbeat', cursor, { at: clock.now() }));
    await dropRefused();
  };

  const observe = (found: readonly Ending[]) => {
    const nowMs = clock.now().getTime();
    for (const { at } of found)
      metrics.observe('feed_lag_seconds', Math.max(0, nowMs - at.getTime()) / 1_000, {});
  };

  const dropSilent = () => {
    for (const one of all()) {
      one.silentHeartbeats = one.consumer.waitingBytes() > 0 ? one.silentHeartbeats + 1 : 0;
      if (one.silentHeartbeats >= maxSilentHeartbeats) cut(one, 'slow');
    }
  };

  /** Cuts the services that have lost their key or their scope since they came. */
  const dropRefused = async () => {
    const verdicts = new Map<string, boolean>();
    for (const one of all()) {
      const { service } = one.consumer;
      const verdict = verdicts.get(service.keyId) ?? (await verifier.isStill(service, 'feed'));
      verdicts.set(service.keyId, verdict);
      if (!verdict) cut(one, 'refused');
    }
  };

  const read = async () => {
    try {
      do {
        isAgain = false;
        if (live.size + coming.size > 0) await pass();
      } while (isAgain as boolean);
    } catch (error) {
      // The next sweep reads on from where this read stopped. Until then there is no heartbeat: a consumer must not take
      // a feed that cannot read for one on which nothing happens.
      if (!(error instanceof ServiceUnavailableError)) throw error;
    } finally {
      isReading = false;
    }
  };

  const wake = () => {
    isAgain = true;
    if (isReading || live.size + coming.size === 0) return;
    isReading = true;
    background.run('read the ends of sessions', read);
  };

  /** Writes the ends that are due and that no request has asked for: the feed reads written ends only. */
  const writeDueEnds = async () => {
    await endExpiredUnseen(services);
    await idleEnds.endDue();
    const hasBulkEnd = isNotNull(users.sessionsEndedBefore);
    const owners = await database.read((db) =>
      db.select({ id: users.id }).from(users).where(hasBulkEnd).limit(1),
    );
    for (const { id } of owners) await writeBulkEnd(services, id);
  };

  /** Runs the work once at a time. While the database is away, the next sweep tries again. */
  const attempt = (name: string, work: () => Promise<unknown>) => {
    const quietly = async () => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof ServiceUnavailableError)) throw error;
      }
    };
    background.run(name, quietly, name);
  };

  const sweep = () => {
    wake();
    attempt('write the ends that are due', writeDueEnds);
    attempt('look for sessions that go idle', idleEnds.look);
  };

  for (const event of ['sessions', 'user', 'gap'] as const) endEvents.on(event, wake);

  return {
    hasRoom: () => !isClosed && live.size + coming.size < maxConsumers,

    join(consumer, from) {
      if (isClosed) {
        consumer.end();
        return () => undefined;
      }
      const one: Following = { consumer, cursor: from, silentHeartbeats: 0 };
      coming.add(one);
      timer ??= setInterval(sweep, sweepMs).unref();
      wake();
      return () => {
        remove(one);
      };
    },

    close() {
      isClosed = true;
      for (const one of all()) {
        remove(one);
        one.consumer.end();
      }
    },
  };
}

/** The events of a page; null where it has none. Only the last has an id: who resumes before it reads the page again. */
function eventsOf({ endings, cursor, isReset }: EndingsPage): Uint8Array | null {
  if (isReset) return eventOf('reset', cursor, {});
  if (endings.length === 0) return null;
  const events = endings.map((ending) => `event: ended\ndata: ${JSON.stringify(ending)}\n`);
  return Buffer.from(`${events.join('\n')}id: ${cursor}\n\n`);
}

function eventOf(name: 'ready' | 'heartbeat' | 'reset', cursor: string, data: object): Uint8Array {
  return Buffer.from(`event: ${name}\nid: ${cursor}\ndata: ${JSON.stringify(data)}\n\n`);
}
