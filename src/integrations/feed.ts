// The feed: the ends of all sessions for servers that follow them. One read of the database and one text serve every
// consumer of a node. A consumer that comes back reads on from its cursor until it has what the others have.

import { isNotNull } from 'drizzle-orm';

import { ServiceUnavailableError } from '../common/errors.js';
import { users } from '../db/schema/index.js';
import { writeBulkEnd } from '../sessions/end.js';
import { createEndings, type Ending, type EndingsPage } from '../sessions/endings.js';
import { endExpiredUnseen } from '../sessions/expire.js';
import { createIdleEnds } from '../sessions/idle.js';
import { type SessionServices } from '../sessions/services.js';
import { createFeedConsumers, type FeedConsumer, type Following } from './feedConsumers.js';
import { type ServiceVerifier } from './serviceKeys.js';

export interface Feed {
  /** Tells whether one more consumer may join: there is a bound, and a node that stops takes none. */
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
  /** How often the table is read although no end was heard of: ends that this node has not heard of are found by then. */
  readonly sweepMs: number;
  readonly heartbeatMs: number;
}

const defaultTiming: FeedTiming = { sweepMs: 500, heartbeatMs: 5_000 };

const maxConsumers = 2_000;

/** How many groups of consumers that come back are served between two reads for all others. */
const maxGroups = 8;

export function createFeed(
  services: SessionServices,
  verifier: Pick<ServiceVerifier, 'isStill'>,
  { sweepMs, heartbeatMs }: FeedTiming = defaultTiming,
): Feed {
  const { database, background, metrics, clock, endEvents } = services;
  const endings = createEndings(database);
  const writeDueEnds = createDueEnds(services);
  const consumers = createFeedConsumers(metrics, verifier, () => {
    clearInterval(timer);
    timer = undefined;
  });
  const { live, coming } = consumers;
  /** The live consumers have everything up to it. */
  let cursor = '';
  let isReading = false;
  let isAgain = false;
  let isClosed = false;
  let heartbeatAtMs = 0;
  let timer: NodeJS.Timeout | undefined;

  const send = (to: readonly Following[], page: EndingsPage) => {
    const bytes = eventsOf(page);
    if (bytes !== null) consumers.send(to, bytes);
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
      send(group, page);
      for (const one of group) one.cursor = page.cursor;
      if (page.hasMore) isAgain = true;
      else caughtUp.push(...group);
    }
    return caughtUp;
  };

  const observe = (found: readonly Ending[]) => {
    const nowMs = clock.now().getTime();
    for (const { at } of found)
      metrics.observe('feed_lag_seconds', Math.max(0, nowMs - at.getTime()) / 1_000, {});
  };

  /** Reads once for all. */
  const readOnce = async () => {
    const isHeartbeatDue = performance.now() - heartbeatAtMs >= heartbeatMs;
    // What is read below is as old as this: the node may be suspended, or the database slow, before a heartbeat says so.
    const readAt = clock.now();
    // At the beginning: bytes that this read sends wait until its end at least.
    if (isHeartbeatDue) consumers.dropSilent();
    // Before those that come are brought on: the read below gives every end from here on to all.
    if (live.size === 0) ({ cursor } = await endings.after(null));
    const beginning = [...coming].filter((one) => one.cursor === null);
    const caughtUp = [...beginning, ...(await bringOn())];
    for (let hasMore = true; hasMore;) {
      const page = await endings.after(cursor);
      send([...live, ...caughtUp], page);
      observe(page.endings);
      ({ cursor, hasMore } = page);
    }
    consumers.send(consumers.arrived(caughtUp), eventOf('ready', cursor, { at: clock.now() }));
    if (!isHeartbeatDue) return;
    heartbeatAtMs = performance.now();
    consumers.send([...live], eventOf('heartbeat', cursor, { at: readAt }));
    await consumers.dropRefused();
  };

  const read = async () => {
    try {
      do {
        isAgain = false;
        if (consumers.count() > 0) await readOnce();
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
    if (isReading || consumers.count() === 0) return;
    isReading = true;
    background.run('read the ends of sessions', read);
  };

  const sweep = () => {
    wake();
    writeDueEnds();
  };

  for (const event of ['sessions', 'user', 'gap'] as const) endEvents.on(event, wake);

  return {
    hasRoom: () => !isClosed && consumers.count() < maxConsumers,

    join(consumer, from) {
      if (isClosed) {
        consumer.end();
        return () => undefined;
      }
      const one = consumers.add(consumer, from);
      timer ??= setInterval(sweep, sweepMs).unref();
      wake();
      return () => {
        consumers.remove(one);
      };
    },

    close() {
      isClosed = true;
      for (const one of consumers.all()) {
        consumers.remove(one);
        one.consumer.end();
      }
    },
  };
}

/** Makes the function that writes the ends that are due and that no request has asked for: the feed reads written ends only. */
function createDueEnds(services: SessionServices): () => void {
  const { background, database } = services;
  const idleEnds = createIdleEnds(services);

  const writeDue = async () => {
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

  return () => {
    attempt('write the ends that are due', writeDue);
    attempt('look for sessions that go idle', idleEnds.look);
  };
}

/**
 * Makes the events of a page; null where it has none. Only the last has an id: a consumer that resumes before it reads the page
 * again.
 */
function eventsOf({ endings, cursor, isReset }: EndingsPage): Uint8Array | null {
  if (isReset) return eventOf('reset', cursor, {});
  if (endings.length === 0) return null;
  const events = endings.map((ending) => `event: ended\ndata: ${JSON.stringify(ending)}\n`);
  return Buffer.from(`${events.join('\n')}id: ${cursor}\n\n`);
}

function eventOf(name: 'ready' | 'heartbeat' | 'reset', cursor: string, data: object): Uint8Array {
  return Buffer.from(`event: ${name}\nid: ${cursor}\ndata: ${JSON.stringify(data)}\n\n`);
}
