// The feed of ended sessions for other servers, over two nodes on one database: it reports each end at least once, also after a
// restart and on another node.

import { eq } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';

import { followEnds } from '../../examples/integrations/followEnds.js';
import { createBackground } from '../../src/common/backgroundTasks.js';
import { createSessionsEndedRoute } from '../../src/http/routes/integrations/sessionsEnded.js';
import { createFeed } from '../../src/integrations/feed.js';
import { type FeedConsumer } from '../../src/integrations/feedConsumers.js';
import { createServiceAccount, setServiceDisabled } from '../../src/integrations/serviceAccounts.js';
import { createServiceVerifier, type Service } from '../../src/integrations/serviceKeys.js';
import { DatabaseUnavailable } from '../../src/db/errors.js';
import { sessions } from '../../src/db/schema/index.js';
import { createLog } from '../../src/observability/log.js';
import { noRateLimits } from '../../src/rateLimit/rateLimits.js';
import { sessionStateOf } from '../../src/sessions/authenticate.js';
import { logout } from '../../src/sessions/revoke.js';
import { serve } from '../http/harness.js';
import { mustOpen, newUser, openDatabase, servicesOver } from '../sessions/harness.js';
import { startProxy } from '../faults/proxy.js';
import { createTestClock } from '../support/clock.js';
import { readyDatabase } from '../support/database.js';
import { endOf, type FeedStream, followFeed, named } from '../support/feed.js';
import { gql } from '../support/gql.js';
import { login, logoutOperation, phone, register } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { serviceKey } from '../support/serviceKey.js';
import { startNode } from '../support/startNode.js';
import { bearer, send } from './harness.js';

describe('FEED-01 over two nodes', async () => {
  const database = await readyDatabase();
  const env = { INTEGRATIONS: 'feed', SESSION_LIMIT: '1' };
  const [here, there] = await Promise.all([startNode({ database, env }), startNode({ database, env })]);
  const key = await serviceKey(here, 'follower', ['feed']);
  const other = await serviceKey(here, 'other', ['introspect', 'explain', 'tickets']);
  let follower: FeedStream;
  beforeAll(async () => {
    follower = await followFeed(here.url, key);
    await follower.until(named('ready'));
  });

  it('the feed MUST report an end on either node, with its reason and the device that superseded the session', async () => {
    const first = await register(there.url);
    const second = await login(there.url, first.user.email, phone);
    const third = await login(here.url, first.user.email);
    await gql(there.url, { query: logoutOperation, token: third.token });

    expect((await follower.until(endOf(first.session.id))).data).toEqual({
      sessionId: first.session.id,
      userId: first.user.id,
      reason: 'SUPERSEDED',
      at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      by: phone,
    });
    expect((await follower.until(endOf(second.session.id))).data).toMatchObject({ reason: 'SUPERSEDED' });
    expect((await follower.until(endOf(third.session.id))).data).toMatchObject({
      reason: 'LOGGED_OUT',
      by: null,
    });
  });

  it('the feed MUST report the sessions of a bulk end although its node stopped before it notified', async () => {
    const { user, session } = await register(there.url);
    await rowsOf(
      database,
      `update hufu.users set sessions_ended_before = now() + interval '1 minute', sessions_ended_at = now(),
        sessions_end_reason = 'REVOKED' where id = '${user.id}'`,
    );
    expect((await follower.until(endOf(session.id))).data).toMatchObject({ reason: 'REVOKED' });
  });

  it('the feed MUST report a session that expires although no request uses it', async () => {
    const { session } = await register(there.url);
    await rowsOf(
      database,
      `update hufu.sessions set signed_in_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'
        where id = '${session.id}'`,
    );
    expect((await follower.until(endOf(session.id))).data).toMatchObject({ reason: 'EXPIRED' });
  });

  it('a follower whose node stops MUST get the ends of the meantime from another node', async () => {
    const third = await startNode({ database, env });
    const before = await followFeed(third.url, key);
    await before.until(named('ready'));
    const [early, late] = await Promise.all([register(here.url), register(here.url)]);
    await gql(here.url, { query: logoutOperation, token: early.token });
    await before.until(endOf(early.session.id));

    await third.stop();
    await before.ended;
    await gql(here.url, { query: logoutOperation, token: late.token });
    const after = await followFeed(there.url, key, before.lastId());

    await after.until(endOf(late.session.id));
    await after.until(named('ready'));
    expect(after.events.filter(endOf(early.session.id))).toEqual([]);
    after.close();
  });

  it('the example followEnds MUST follow the feed from node to node', async () => {
    const third = await startNode({ database, env });
    const balancer = await startProxy(third.url);
    const stopping = new AbortController();
    const ended = new Set<string>();
    let unsure = 0;
    const followed = followEnds(balancer.url.replace(/\/$/, ''), key, {
      ended: ({ sessionId }) => ended.add(sessionId),
      unsure: () => (unsure += 1),
      stopping: stopping.signal,
    });
    const one = async () => {
      const { session, token } = await register(here.url);
      await gql(here.url, { query: logoutOperation, token });
      return session.id;
    };
    // The moment at which the stream begins is not known here: it reports the ends after that.
    await expect
      .poll(async () => {
        await one();
        return ended.size;
      })
      .toBeGreaterThan(0);
    balancer.redirect(there.url);
    await third.stop();
    const id = await one();
    await expect.poll(() => ended.has(id)).toBe(true);
    expect(unsure).toBe(0);
    stopping.abort();
    await followed;
  });

  it('the feed MUST send reset for a cursor from another history of the database', async () => {
    const lost = await followFeed(here.url, key, '900000000:900000000:');
    await lost.until(named('reset'));
    await lost.until(named('ready'));
    lost.close();
  });

  it('a request without a key, without the scope feed, with an invalid cursor or by POST MUST be refused', async () => {
    const path = '/sessions/ended';
    expect((await send(here.url, path, { headers: bearer(other) })).status).toBe(403);
    expect((await send(here.url, path)).status).toBe(401);
    for (const cursor of ['a', '5:4:', '1:1:;drop'])
      expect(
        (await send(here.url, path, { headers: { ...bearer(key), 'last-event-id': cursor } })).status,
      ).toBe(400);
    expect((await send(here.url, path, { method: 'POST', headers: bearer(key) })).status).toBe(405);
  });
});

describe('FEED-02 the consumers of a node', async () => {
  const database = await openDatabase();
  let reads = 0;
  let isAway = false;
  /** The number of the read that has to wait, and the promise that it waits for. */
  let heldRead = 0;
  let held: Promise<void> = Promise.resolve();
  const counted: typeof database = {
    ...database,
    prepare: (build) => {
      const query = database.prepare(build);
      return async (values) => {
        if ('cursor' in values) {
          reads += 1;
          if (reads === heldRead) await held;
        }
        return isAway ? Promise.reject(new DatabaseUnavailable()) : query(values);
      };
    },
  };
  const services = servicesOver(counted, { limit: 0 });
  const verifier = createServiceVerifier({
    database: counted,
    clock: database.clock,
    background: createBackground(createLog('silent', false)),
  });
  const created = await createServiceAccount({ database, clock: database.clock }, 'follower', ['feed']);
  if (created.kind === 'taken') throw new Error('the name is taken');
  const verified = await verifier.verify({ name: null, key: created.key });
  if (verified === null) throw new Error('refused');
  const service: Service = verified;
  const sweepMs = 20;

  interface Fake extends FeedConsumer {
    readonly got: string[];
    isCut: boolean;
    isEnded: boolean;
    waiting: number;
  }
  const fake = (): Fake => ({
    service,
    got: [],
    isCut: false,
    isEnded: false,
    waiting: 0,
    send(bytes) {
      this.got.push(Buffer.from(bytes).toString());
    },
    waitingBytes() {
      return this.waiting;
    },
    end() {
      this.isEnded = true;
    },
    cut() {
      this.isCut = true;
    },
  });
  const timesSent = (consumer: Fake, text: string) =>
    consumer.got.filter((bytes) => bytes.includes(text)).length;
  const endOne = async (): Promise<string> => {
    const session = await mustOpen(services, await newUser(database));
    await logout(services, session, { ip: null, userAgent: null });
    return session.id;
  };

  it('MUST share each read of the database, even a thousand of them', async () => {
    const feed = createFeed(services, verifier, { sweepMs: 60_000, heartbeatMs: 60_000 });
    const all = Array.from({ length: 1_000 }, fake);
    const leave = all.map((consumer) => feed.join(consumer, null));
    await expect.poll(() => all.every((consumer) => timesSent(consumer, 'event: ready') === 1)).toBe(true);
    reads = 0;

    const id = await endOne();

    await expect.poll(() => all.every((consumer) => timesSent(consumer, id) === 1)).toBe(true);
    expect(reads).toBeLessThanOrEqual(3);
    for (const one of leave) one();
    feed.close();
  });

  it('MUST be cut when they do not read, and the others MUST continue', async () => {
    const feed = createFeed(services, verifier, { sweepMs, heartbeatMs: 60_000 });
    const [slow, other] = [fake(), fake()];
    feed.join(slow, null);
    feed.join(other, null);
    await expect.poll(() => timesSent(other, 'event: ready')).toBe(1);
    slow.waiting = 1_000_000;

    const id = await endOne();

    await expect.poll(() => timesSent(other, id)).toBe(1);
    expect([slow.isCut, timesSent(slow, id), other.isCut]).toEqual([true, 0, false]);
    feed.close();
    expect([slow.isEnded, other.isEnded]).toEqual([false, true]);
  });

  it('MUST be cut when any byte waits for several heartbeats', async () => {
    const feed = createFeed(services, verifier, { sweepMs, heartbeatMs: sweepMs });
    const [silent, other] = [fake(), fake()];
    silent.waiting = 10;
    feed.join(silent, null);
    feed.join(other, null);
    await expect.poll(() => silent.isCut).toBe(true);
    expect(timesSent(other, 'event: heartbeat')).toBeGreaterThanOrEqual(2);
    expect(other.isCut).toBe(false);
    feed.close();
  });

  it('MUST stay connected over a real connection as long as they read', async () => {
    const feed = createFeed(services, verifier, { sweepMs, heartbeatMs: sweepMs });
    const shared = {
      services,
      verifier,
      rateLimits: noRateLimits,
      database,
      issuer: 'hufu',
      audience: 'hufu',
    };
    const route = createSessionsEndedRoute({ ...shared, hasuraMaxAgeSeconds: 60 }, feed);
    const { url } = await serve({ integrations: [route] });
    const reading = await followFeed(url, created.key);
    await expect.poll(() => reading.events.filter(named('heartbeat')).length).toBeGreaterThan(20);
    feed.close();
    await reading.ended;
  });

  it('MUST be sent nothing after the node ended their stream, not even from a read that was pending', async () => {
    const feed = createFeed(services, verifier, { sweepMs: 60_000, heartbeatMs: 60_000 });
    const before = fake();
    feed.join(before, null);
    await expect.poll(() => timesSent(before, 'event: ready')).toBe(1);
    let release: () => void = () => undefined;
    held = new Promise((resolve) => (release = resolve));
    heldRead = reads + 1;
    const joining = fake();
    feed.join(joining, null);
    await expect.poll(() => reads).toBe(heldRead);
    await endOne();

    feed.close();
    release();

    const another = createFeed(services, verifier, { sweepMs: 60_000, heartbeatMs: 60_000 });
    const later = fake();
    another.join(later, null);
    await expect.poll(() => timesSent(later, 'event: ready')).toBe(1);
    expect([before.isEnded, joining.isEnded, joining.got.length]).toEqual([true, true, 0]);
    another.close();
  });

  it('MUST get no heartbeat while the database is away, and every end when it is back', async () => {
    const feed = createFeed(services, verifier, { sweepMs, heartbeatMs: sweepMs });
    const consumer = fake();
    feed.join(consumer, null);
    await expect.poll(() => timesSent(consumer, 'event: heartbeat')).toBeGreaterThan(1);
    const session = await mustOpen(services, await newUser(database));
    isAway = true;
    const sweeps = async (count: number) => {
      const before = reads;
      await expect.poll(() => reads).toBeGreaterThan(before + count);
    };
    await sweeps(2);
    const sentBefore = consumer.got.length;
    await logout(services, session, { ip: null, userAgent: null });
    await sweeps(5);
    expect(consumer.got.length).toBe(sentBefore);

    isAway = false;
    await expect.poll(() => timesSent(consumer, session.id)).toBe(1);
    feed.close();
  });

  it('MUST get heartbeats with the time at which their read began', async () => {
    const feed = createFeed(services, verifier, { sweepMs, heartbeatMs: 0 });
    const consumer = fake();
    feed.join(consumer, null);
    const heartbeats = () => consumer.got.filter((text) => text.startsWith('event: heartbeat'));
    await expect.poll(() => heartbeats().length).toBeGreaterThan(1);
    let release: () => void = () => undefined;
    held = new Promise((resolve) => (release = resolve));
    heldRead = reads + 1;
    await expect.poll(() => reads).toBe(heldRead);
    const heldAt = services.clock.now();
    await expect.poll(() => services.clock.now().getTime()).toBeGreaterThan(heldAt.getTime() + 50);
    const before = heartbeats().length;
    release();
    await expect.poll(() => heartbeats().length).toBeGreaterThan(before);
    const [, at = ''] = /"at":"([^"]+)"/.exec(heartbeats()[before] ?? '') ?? [];
    expect(new Date(at).getTime()).toBeLessThanOrEqual(heldAt.getTime());
    feed.close();
  });

  it('MUST get the ends of their absence in pages, each when they have read the last one', async () => {
    const feed = createFeed(services, verifier, { sweepMs, heartbeatMs: 60_000 });
    const first = fake();
    const leave = feed.join(first, null);
    await expect.poll(() => timesSent(first, 'event: ready')).toBe(1);
    const cursor = /^id: (.*)$/m.exec(first.got.at(-1) ?? '')?.[1] ?? '';
    leave();
    const userId = await newUser(database);
    await database.read((db) =>
      db.execute(
        `insert into hufu.sessions (id, user_id, slot, device_kind, methods, proved_at, signed_in_at, last_seen_at,
            expires_at, ended_at, end_reason)
          select gen_random_uuid(), '${userId}', n::text, 'WEB', '{PASSWORD}', now(), now(), now(),
            now() + interval '1 day', now(), 'REVOKED' from generate_series(1, 1200) as n`,
      ),
    );
    const [back, together] = [fake(), fake()];
    back.waiting = 1;
    feed.join(back, cursor);
    feed.join(together, cursor);
    await expect.poll(() => timesSent(together, 'event: ready')).toBe(1);
    const ended = (consumer: Fake) => consumer.got.join('').split('event: ended').length - 1;
    expect([ended(together), ended(back)]).toEqual([1_200, 0]);
    back.waiting = 0;
    await expect.poll(() => ended(back)).toBe(1_200);
    feed.close();
  });

  it('MUST be cut when an operator disables their service', async () => {
    const feed = createFeed(services, verifier, { sweepMs, heartbeatMs: sweepMs });
    const consumer = fake();
    feed.join(consumer, null);
    await expect.poll(() => timesSent(consumer, 'event: heartbeat')).toBeGreaterThan(1);
    await setServiceDisabled({ database, clock: database.clock }, 'follower', true);
    await expect.poll(() => consumer.isCut).toBe(true);
    feed.close();
    expect(feed.hasRoom()).toBe(false);
  });
});

it('FEED-03 the feed MUST report an unused session when it becomes idle, and none that is in use', async () => {
  const database = await openDatabase();
  const clock = createTestClock();
  const services = servicesOver(database, { limit: 0, idleSeconds: 3_600 }, clock);
  const opened = async (beforeMs: number) => {
    clock.turn(beforeMs);
    return (await mustOpen(services, await newUser(database))).id;
  };
  const over = await opened(0);
  const inUse = await opened(3_000_000);
  const next = await opened(1);
  const got: string[] = [];
  const isReported = (id: string) => got.join('').includes(id);
  const consumer: FeedConsumer = {
    service: { keyId: '', name: '', scopes: new Set() },
    send: (bytes) => got.push(Buffer.from(bytes).toString()),
    waitingBytes: () => 0,
    end: () => undefined,
    cut: () => undefined,
  };
  const isStill = () => Promise.resolve(true);
  const feed = createFeed(services, { isStill }, { sweepMs: 20, heartbeatMs: 60_000 });
  // The feed reads all live sessions once here, and not again within 60 s.
  clock.turn(3_600_000 - 30_000);
  feed.join(consumer, null);
  await expect.poll(() => isReported(over)).toBe(true);
  expect([isReported(inUse), isReported(next)]).toEqual([false, false]);

  await database.read((db) =>
    db.update(sessions).set({ lastSeenAt: clock.now() }).where(eq(sessions.id, inUse)),
  );
  clock.turn(30_000);
  await expect.poll(() => isReported(next)).toBe(true);
  expect(isReported(inUse)).toBe(false);
  expect(await sessionStateOf(services, inUse)).toMatchObject({ kind: 'active' });
  feed.close();
});
