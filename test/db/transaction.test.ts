// Statements that a transaction sends without waiting: they run in the order of the calls, behind the lock, all or none.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { eq, sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished } from 'vitest';

import { readConfig } from '../../src/config/index.js';
import { type Database, type Tx } from '../../src/db/database.js';
import { violates } from '../../src/db/errors.js';
import { openDatabase } from '../../src/db/open.js';
import { users } from '../../src/db/schema/index.js';
import { createLog } from '../../src/observability/log.js';
import { lockUser } from '../../src/users/users.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { testSettings } from '../support/settings.js';
import { startWire } from '../support/wire.js';

const made = await readyDatabase();

async function open(env: Readonly<Record<string, string>> = {}): Promise<Database> {
  const config = readConfig(testSettings(made, env));
  const database = await openDatabase(config.database, createLog('silent', false));
  onTestFinished(() => database.close());
  await database.migrate();
  return database;
}

async function newUser(database: Database): Promise<string> {
  const id = randomUUID();
  await database.transact((tx) => insertUser(tx, id, `${id}@example.com`));
  return id;
}

function insertUser(tx: Tx, id: string, email: string): Promise<void> {
  tx.send(
    tx.insert(users).values({ id, email, emailKey: email, passwordHash: 'none', createdAt: new Date(0) }),
  );
  return Promise.resolve();
}

const emailOf = async (tx: Tx, id: string) => {
  const [row] = await tx.select({ email: users.email }).from(users).where(eq(users.id, id));
  return row?.email;
};

const rename = (tx: Tx, id: string, email: string) => tx.update(users).set({ email }).where(eq(users.id, id));

describe('DB-06 a statement that the transaction does not wait for', () => {
  it('MUST be visible to later statements, and be committed with them', async () => {
    const database = await open();
    const id = await newUser(database);
    const seen = await database.transact(async (tx) => {
      tx.send(rename(tx, id, 'first'));
      const first = await emailOf(tx, id);
      tx.send(rename(tx, id, 'second'));
      tx.send(rename(tx, id, 'third'));
      return first;
    });
    expect(seen).toBe('first');
    expect(await database.transact((tx) => emailOf(tx, id))).toBe('third');
  });

  it('MUST roll the transaction back when it fails, which rejects with its error', async () => {
    const database = await open();
    const [id, other] = [await newUser(database), await newUser(database)];
    const before = await database.transact((tx) => emailOf(tx, id));
    for (const waits of [false, true]) {
      const failed = database.transact(async (tx) => {
        tx.send(rename(tx, id, 'changed'));
        await insertUser(tx, randomUUID(), `${other}@example.com`);
        tx.send(rename(tx, id, 'changed again'));
        // Fails too, since the transaction is aborted.
        if (waits) await emailOf(tx, id);
      });
      const error: unknown = await failed.catch((thrown: unknown) => thrown);
      expect(violates(error, 'users_email_key_unique')).toBe(true);
    }
    expect(await database.transact((tx) => emailOf(tx, id))).toBe(before);
  });

  it('MUST be rolled back when the work throws', async () => {
    const database = await open();
    const id = await newUser(database);
    const failed = database.transact((tx) => {
      tx.send(rename(tx, id, 'changed'));
      return Promise.reject(new Error('no'));
    });
    await expect(failed).rejects.toThrow('no');
    expect(await database.transact((tx) => emailOf(tx, id))).toBe(`${id}@example.com`);
  });
});

describe('DB-06 a transaction that has ended', () => {
  it('MUST refuse a late statement', async () => {
    const database = await open();
    const id = await newUser(database);
    const late = await database.transact((tx) => Promise.resolve(() => rename(tx, id, 'too late')));
    await expect((async () => late())()).rejects.toThrow();
    expect(await database.transact((tx) => emailOf(tx, id))).toBe(`${id}@example.com`);
  });
});

describe.runIf(databaseKind === 'postgres')('DB-06 a transaction over a network', () => {
  it('MUST read the row as the former holder of the lock left it, although lock and read were sent at once', async () => {
    const holder = await open();
    const wire = await startWire(made.env['DATABASE_URL'] ?? '');
    const waiter = await open({ DATABASE_URL: wire.url });
    const id = await newUser(holder);
    const sentAtOnce = () =>
      wire
        .flights()
        .some(({ statements }) => statements.filter((one) => one.includes('"users"')).length >= 2);
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let locked: () => void = () => undefined;
    const isLocked = new Promise<void>((resolve) => {
      locked = resolve;
    });
    const held = holder.transact(async (tx) => {
      await lockUser(tx, id);
      locked();
      await released;
      await rename(tx, id, 'written under the lock');
    });
    await isLocked;
    wire.clear();
    const seen = waiter.transact((tx) => Promise.all([lockUser(tx, id), emailOf(tx, id)]));
    await expect.poll(sentAtOnce).toBe(true);
    // The server has received the read, which waits behind the lock.
    const waits = sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    await expect
      .poll(async () => [...((await holder.read((db) => db.execute(waits))) as Iterable<unknown>)])
      .toHaveLength(1);
    release();
    await held;
    const [user, email] = await seen;
    expect([user?.email, email]).toEqual(['written under the lock', 'written under the lock']);
  });

  it('MUST NOT send a write before the server has answered BEGIN', async () => {
    const wire = await startWire(made.env['DATABASE_URL'] ?? '');
    const database = await open({ DATABASE_URL: wire.url });
    const id = await newUser(database);
    // A new connection measures the clock first.
    await pause(200);
    wire.clear();
    await database.transact(async (tx) => {
      tx.send(rename(tx, id, 'first'));
      expect(await emailOf(tx, id)).toBe('first');
    });
    const flights = wire
      .flights()
      .map(({ statements }) => statements.filter((one) => !one.startsWith('parse: ')));
    expect(flights[0]).toEqual(['begin']);
    expect(flights[1]?.[0]).toMatch(/^update/);
    // The read follows the write that was called before it.
    expect(flights[1]?.[1]).toMatch(/^select/);
    expect(flights[2]).toEqual(['commit']);
  });
});
