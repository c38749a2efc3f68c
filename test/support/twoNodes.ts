// Two nodes over one database, and the locks with which tests of races put acts in an order.

import postgres from 'postgres';
import { expect } from 'vitest';

import { type OperatorServices } from '../../src/auth/admin.js';
import { readyDatabase, type TestDatabase } from './database.js';
import { openOperator } from './operator.js';
import { reasonOf } from './operations.js';
import { rowsOf } from './rows.js';
import { type NodeParts, startNode } from './startNode.js';

export interface TwoNodes {
  readonly database: TestDatabase;
  /** The URL of the first node for an even index, of the second for an odd one. */
  urlOf(index: number): string;
  /** Counts rows; `from` begins with the table's name. */
  countOf(from: string): Promise<number>;
  /** Counts the live sessions of a user. */
  liveOf(userId: string): Promise<number>;
  /** Counts the acts of a user in the audit trail. */
  actsOf(userId: string, kind: string, outcome?: string): Promise<number>;
  /** Returns why a token is refused, or `live` for a valid one. */
  reasonOf(token: string | undefined): Promise<string>;
  /** Makes two acts wait for the lock of a user, one behind the other, then lets both proceed. */
  inOrder<A, B>(userId: string, first: () => Promise<A>, second: () => Promise<B>): Promise<readonly [A, B]>;
  /** Makes an act wait for the lock of a user until another act is over, which needs no lock of that user. */
  whileWaiting<T>(userId: string, act: () => Promise<T>, meanwhile: () => Promise<unknown>): Promise<T>;
  /** Makes an act that has read wait to write its session, until a second act waits too or is over. */
  behindReads<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<readonly [A, B]>;
  /** Opens the services of the operator's commands on the same database. */
  operator(): Promise<OperatorServices>;
}

export async function startTwoNodes(parts: Omit<NodeParts, 'database'>): Promise<TwoNodes> {
  const database = await readyDatabase();
  const nodes = [await startNode({ ...parts, database }), await startNode({ ...parts, database })] as const;
  const urlOf = (index: number) => nodes[index % 2 === 0 ? 0 : 1].url;
  const countOf = async (from: string) => {
    const [row] = await rowsOf(database, `select count(*)::int as count from hufu.${from}`);
    return Number(row?.['count']);
  };
  const hold = async (lock: string, parameters: string[] = []) => {
    // The outbox takes the lock of a user too: it would count as a waiting act.
    await expect.poll(() => countOf('mails')).toBe(0);
    const holder = postgres(database.env['DATABASE_URL'] ?? '', { max: 1, onnotice: () => undefined });
    await holder.unsafe('begin');
    await holder.unsafe(lock, parameters);
    return async () => {
      await holder.unsafe('commit');
      await holder.end();
    };
  };
  const holdLock = (userId: string) =>
    hold('select 1 from hufu.users where id = $1 for no key update', [userId]);
  const waiting = () =>
    rowsOf(
      database,
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
  const waiters = (count: number) => expect.poll(waiting).toHaveLength(count);
  return {
    database,
    urlOf,
    countOf,
    liveOf: (userId) => countOf(`sessions where user_id = '${userId}' and ended_at is null`),
    actsOf: (userId, kind, outcome = 'SUCCEEDED') =>
      countOf(`security_events where user_id = '${userId}' and kind = '${kind}' and outcome = '${outcome}'`),
    reasonOf: (token) => reasonOf(urlOf(0), token),
    async inOrder(userId, first, second) {
      const release = await holdLock(userId);
      const begun = first();
      await waiters(1);
      const behind = second();
      await waiters(2);
      await release();
      return Promise.all([begun, behind]);
    },
    async whileWaiting(userId, act, meanwhile) {
      const release = await holdLock(userId);
      const begun = act();
      await waiters(1);
      await meanwhile();
      await release();
      return begun;
    },
    async behindReads(first, second) {
      // Rows can be read and locked, but not written.
      const release = await hold('lock table hufu.sessions in share mode');
      const begun = first();
      await waiters(1);
      let isOver = false;
      const behind = second().finally(() => {
        isOver = true;
      });
      await expect.poll(async () => isOver || (await waiting()).length === 2).toBe(true);
      await release();
      return Promise.all([begun, behind]);
    },
    operator: () => openOperator(database),
  };
}

/** Begins work several times at once. */
export function inParallel<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}

/** Counts how often each name occurs. */
export function countByName(names: readonly (string | undefined)[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name ?? ''] = (counts[name ?? ''] ?? 0) + 1;
  return counts;
}
