// Statements that Drizzle builds only once.

import { randomUUID } from 'node:crypto';

import { eq, sql } from 'drizzle-orm';
import { expect, it } from 'vitest';

import { users } from '../../src/db/schema/index.js';
import { builtOnce } from '../../src/db/database.js';
import { newUser, openDatabase } from '../sessions/harness.js';

const database = await openDatabase();

it('DB-09 a statement MUST be built once for all values, connections and transactions', async () => {
  let builds = 0;
  const userOf = builtOnce(['id'], (db, { id }) => {
    builds += 1;
    return db.select({ id: users.id, createdAt: users.createdAt }).from(users).where(eq(users.id, id));
  });
  const [one, other] = [await newUser(database), await newUser(database)];
  const found = await Promise.all([
    database.read((db) => userOf(db, { id: one })),
    database.read((db) => userOf(db, { id: other })),
    database.transact((tx) => userOf(tx, { id: other })),
    database.transact((tx) => userOf(tx, { id: randomUUID() })),
  ]);
  expect(found.map((rows) => rows.map(({ id }) => id))).toEqual([[one], [other], [other], []]);
  expect(found[0][0]?.createdAt).toBeInstanceOf(Date);
  expect(builds).toBe(1);
});

it('DB-09 a statement MUST write in the transaction that sends it, in the order of the calls', async () => {
  const id = await newUser(database);
  const lastLogin = builtOnce(['id', 'at'], (db, { id, at }) =>
    db
      .update(users)
      .set({ lastLoginAt: sql`${sql.param(at, users.lastLoginAt)}` })
      .where(eq(users.id, id)),
  );
  const read = () =>
    database.read((db) => db.select({ at: users.lastLoginAt }).from(users).where(eq(users.id, id)));
  const failure = new Error('the end of the transaction');
  const failing = database.transact((tx) => {
    tx.send(lastLogin(tx, { id, at: new Date(1) }));
    return Promise.reject(failure);
  });
  await expect(failing).rejects.toBe(failure);
  expect(await read()).toEqual([{ at: null }]);

  await database.transact((tx) => {
    for (const ms of [2, 3, 1]) tx.send(lastLogin(tx, { id, at: new Date(ms) }));
    return Promise.resolve();
  });
  expect(await read()).toEqual([{ at: new Date(1) }]);
});
