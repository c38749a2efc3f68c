// The feed of ended sessions, in the order in which they become visible: no end is missed, also when transactions commit late or
// clocks differ.

import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';

import { type Db } from '../../src/db/database.js';
import { sessions } from '../../src/db/schema/index.js';
import { createEndings, type Ending, isCursor } from '../../src/sessions/endings.js';
import { logout } from '../../src/sessions/revoke.js';
import { databaseKind } from '../support/database.js';
import { mustOpen, newUser, openDatabase, servicesOver } from './harness.js';

const database = await openDatabase();
const services = servicesOver(database);
const endings = createEndings(database);
const nowhere = { ip: null, userAgent: null };

async function start(): Promise<string> {
  return (await endings.after(null)).cursor;
}

/** Reads all pages after a cursor. */
async function readAll(
  from: string,
): Promise<{ readonly found: readonly Ending[]; readonly cursor: string }> {
  const found: Ending[] = [];
  for (let cursor = from; ;) {
    const page = await endings.after(cursor);
    found.push(...page.endings);
    cursor = page.cursor;
    if (!page.hasMore) return { found, cursor };
  }
}

/** Inserts ended sessions of a new user, in one transaction. */
async function addEnded(count: number): Promise<readonly string[]> {
  const userId = await newUser(database);
  await database.read((db) =>
    db.execute(sql`insert into ${sessions} (id, user_id, slot, device_kind, methods, proved_at, signed_in_at, last_seen_at,
        expires_at, ended_at, end_reason)
      select gen_random_uuid(), ${userId}, n::text, 'WEB', '{PASSWORD}', now(), now(), now(), now() + interval '1 day',
        now(), 'REVOKED' from generate_series(1, ${count}::integer) as n`),
  );
  const rows = await database.read((db) =>
    db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, userId)),
  );
  return rows.map(({ id }) => id);
}

describe('the feed of ended sessions', () => {
  it('MUST return each end once, with its reason and the device that superseded the session', async () => {
    const userId = await newUser(database);
    const first = await mustOpen(services, userId);
    const begin = await start();
    expect(await endings.after(begin)).toMatchObject({ endings: [], hasMore: false, isReset: false });

    const second = await mustOpen(services, userId, 'MOBILE');
    const superseded = await endings.after(begin);
    expect(superseded.endings).toMatchObject([
      { sessionId: first.id, userId, reason: 'SUPERSEDED', by: { kind: 'MOBILE', name: null } },
    ]);
    await logout(services, second, nowhere);
    const loggedOut = await endings.after(superseded.cursor);
    expect(loggedOut.endings).toMatchObject([{ sessionId: second.id, reason: 'LOGGED_OUT', by: null }]);
    expect((await endings.after(loggedOut.cursor)).endings).toEqual([]);
    // Delivery is at least once: the older cursor returns both again.
    expect((await endings.after(begin)).endings).toHaveLength(2);
  });

  it('MUST return pages without a missing or repeated end', async () => {
    const begin = await start();
    const ids = [...(await addEnded(400)), ...(await addEnded(700)), ...(await addEnded(1))];

    const { found, cursor } = await readAll(begin);

    expect(found.map(({ sessionId }) => sessionId).sort()).toEqual([...ids].sort());
    expect((await endings.after(cursor)).endings).toEqual([]);
  });

  it('MUST leave out rows that were restored from a server with higher transaction ids', async () => {
    const begin = await start();
    const [id = ''] = await addEnded(1);
    await database.read((db) =>
      db
        .update(sessions)
        .set({ endedIn: sql`'9000000000'::xid8` })
        .where(eq(sessions.id, id)),
    );
    expect((await readAll(begin)).found).toEqual([]);
  });

  it('MUST report a reset for a cursor of another database history', async () => {
    const page = await endings.after('900000000:900000000:');
    expect(page).toMatchObject({ endings: [], isReset: true });
    expect(await endings.after(page.cursor)).toMatchObject({ endings: [], isReset: false });
  });
});

// Only a server has two open transactions at once.
describe.runIf(databaseKind === 'postgres')('an end whose transaction commits late', () => {
  /** Ends a session in a transaction that stays open until the returned function is called. */
  const endLate = async (id: string) => {
    let commit: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (commit = resolve));
    let written: () => void = () => undefined;
    const isWritten = new Promise<void>((resolve) => (written = resolve));
    const done = database.transact(async (tx) => {
      await tx
        .update(sessions)
        .set({ endedAt: sql`${sessions.signedInAt}`, endReason: 'REVOKED' })
        .where(eq(sessions.id, id));
      written();
      await released;
    });
    await isWritten;
    return async () => {
      commit();
      await done;
    };
  };

  it('MUST be read although a later end was read before it', async () => {
    const [early, late] = await Promise.all(
      [1, 2].map(async () => mustOpen(services, await newUser(database))),
    );
    if (early === undefined || late === undefined) throw new Error('no sessions');
    const begin = await start();
    const commit = await endLate(early.id);
    await logout(services, late, nowhere);

    const before = await readAll(begin);
    expect(before.found).toMatchObject([{ sessionId: late.id }]);
    await commit();
    const after = await readAll(before.cursor);
    expect(after.found).toMatchObject([{ sessionId: early.id }]);
    expect((await readAll(after.cursor)).found).toEqual([]);
  });

  it('MUST be read by a reader between two of its pages', async () => {
    const early = await mustOpen(services, await newUser(database));
    const begin = await start();
    const before = await addEnded(300);
    const commit = await endLate(early.id);
    const behind = [...(await addEnded(300)), ...(await addEnded(600))];

    const first = await endings.after(begin);
    expect(first.hasMore).toBe(true);
    await commit();
    const rest = await readAll(first.cursor);

    const all = [...first.endings, ...rest.found].map(({ sessionId }) => sessionId);
    expect(all.sort()).toEqual([...before, early.id, ...behind].sort());
  });

  it('MUST NOT make each read scan the ends that were read since its transaction began', async () => {
    const early = await mustOpen(services, await newUser(database));
    const commit = await endLate(early.id);
    await addEnded(20_000);
    const cursor = await start();
    const reads = 5;

    const [found, read] = await database.read(async (db) => {
      const own = createEndings({ prepare: (build) => (values) => build(db).execute(values) });
      const before = await rowsRead(db);
      for (let n = 1; n < reads; n += 1) expect((await own.after(cursor)).endings).toEqual([]);
      await commit();
      return [(await own.after(cursor)).endings, (await rowsRead(db)) - before];
    });

    expect(found).toMatchObject([{ sessionId: early.id }]);
    expect(read).toBeLessThan(1_000);
  });
});

/** Returns how many entries of the index of ends the server has read so far. */
async function rowsRead(db: Db): Promise<number> {
  await db.execute(sql`select pg_stat_force_next_flush()`);
  const [row] = await db
    .select({ rows: sql`idx_tup_read` })
    .from(sql`pg_stat_user_indexes`)
    .where(sql`indexrelname = 'sessions_ended_by_transaction'`);
  return Number(row?.rows);
}

it.each([
  '',
  'a',
  '5',
  '5:5',
  '5:4:',
  '0:1:',
  '5:9:4',
  '5:9:9',
  '5:9:7,6',
  '5:9:6,6',
  '5:9:6,',
  "5:9:';--",
  '-1:9:',
])('isCursor refuses a text that PostgreSQL would refuse: %j', (text) => {
  expect(isCursor(text)).toBe(false);
});

it('isCursor accepts a snapshot of PostgreSQL of bounded length', () => {
  for (const text of ['5:5:', '5:9:', '5:9:5', '5:9:5,6,8']) expect(isCursor(text)).toBe(true);
  expect(isCursor(`1:9999:${'1,'.repeat(3_000)}2`)).toBe(false);
});
