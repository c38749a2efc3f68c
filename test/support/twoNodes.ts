// Two nodes over one database on a server, and what tests of races ask of them.

import postgres from 'postgres';
import { expect } from 'vitest';

import { type OperatorServices } from '../../src/auth/admin.js';
import { readConfig } from '../../src/config/index.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { createLog } from '../../src/observability/log.js';
import { servicesOver } from '../sessions/harness.js';
import { readyDatabase, type TestDatabase } from './database.js';
import { reasonOf } from './operations.js';
import { rowsOf } from './rows.js';
import { testSettings } from './settings.js';
import { type NodeParts, startNode } from './startNode.js';
import { whenFileEnds } from './whenFileEnds.js';

export interface TwoNodes {
  readonly database: TestDatabase;
  /** The first node for even numbers, the other one for odd ones. */
  urlOf(index: number): string;
  /** How many rows there are; `from` begins with the table's name. */
  countOf(from: string): Promise<number>;
  /** How many sessions of a user are live. */
  liveOf(userId: string): Promise<number>;
  /** How many acts of a user are in the audit trail. */
  actsOf(userId: string, kind: string, outcome?: string): Promise<number>;
  /** Why a token is refused; `live` for one that is not. */
  reasonOf(token: string | undefined): Promise<string>;
  /** Has two acts wait for the lock of a user, one behind the other, before either goes on. */
  inOrder<A, B>(userId: string, first: () => Promise<A>, second: () => Promise<B>): Promise<readonly [A, B]>;
  /** Has an act wait for the lock of a user until another is over, which needs no lock of that user. */
  whileWaiting<T>(userId: string, act: () => Promise<T>, meanwhile: () => Promise<unknown>): Promise<T>;
  /** Has an act wait to write its session until another one, which begins behind its reads, waits too or is over. */
  behindReads<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<readonly [A, B]>;
  /** What an operator acts with, beside the nodes. */
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
    // A mail that waits to be made takes the lock too, and would be counted as one who waits.
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
      const letGo = await holdLock(userId);
      const begun = first();
      await waiters(1);
      const behind = second();
      await waiters(2);
      await letGo();
      return Promise.all([begun, behind]);
    },
    async whileWaiting(userId, act, meanwhile) {
      const letGo = await holdLock(userId);
      const begun = act();
      await waiters(1);
      await meanwhile();
      await letGo();
      return begun;
    },
    async behindReads(first, second) {
      // Rows can be read and locked, and none can be written.
      const letGo = await hold('lock table hufu.sessions in share mode');
      const begun = first();
      await waiters(1);
      let isOver = false;
      const behind = second().finally(() => {
        isOver = true;
      });
      await expect.poll(async () => isOver || (await waiting()).length === 2).toBe(true);
      await letGo();
      return Promise.all([begun, behind]);
    },
    async operator() {
      const config = readConfig(testSettings(database, {}));
      const opened = openPostgres(config.database.url ?? '', 2, createLog('silent', false));
      await opened.migrate();
      const services = servicesOver(opened);
      whenFileEnds(async () => {
        await services.background.drained();
        await opened.close();
      });
      return services;
    },
  };
}

/** Begins several things at once. */
export function times<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}

/** How many results have each name. */
export function tally(names: readonly (string | undefined)[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name ?? ''] = (counts[name ?? ''] ?? 0) + 1;
  return counts;
}
