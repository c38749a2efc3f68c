// A real PostgreSQL server that fails in many ways under load.

import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { databaseKind } from '../support/database.js';
import { inTurn } from '../support/inTurn.js';
import { register } from '../support/operations.js';
import { spawnNode } from '../support/spawnNode.js';
import { expectConsistentSessions, healed, healMs, type Load, startLoad } from './load.js';
import { type Proxy, startProxy } from './proxy.js';
import { freshServerDatabase, ownServerDatabase, query, type ServerDatabase } from './serverDatabase.js';

interface Scene {
  readonly proxy: Proxy;
  /** The database, past the proxy. */
  readonly database: ServerDatabase;
}

interface Fault {
  readonly name: string;
  readonly begin: (scene: Scene) => unknown;
  readonly end: (scene: Scene) => unknown;
  /** Whether operations that only read are not affected. */
  readonly keepsReads?: true;
  /** Whether the server itself crashes, so that no other test may use it. */
  readonly ownServer?: true;
}

const writtenTables = ['users', 'sessions', 'security_events'];

const faults: readonly Fault[] = [
  {
    name: 'refused',
    begin: ({ proxy }) => {
      proxy.refuse();
    },
    end: ({ proxy }) => proxy.pass(),
  },
  {
    name: 'cut again and again',
    begin: ({ proxy }) =>
      repeat(8, 500, () => {
        proxy.cut();
      }),
    end: ({ proxy }) => proxy.pass(),
  },
  {
    name: 'silent for a while',
    begin: ({ proxy }) => {
      proxy.silence();
    },
    end: ({ proxy }) => proxy.pass(),
  },
  {
    name: 'silent, then replaced by another at the same host and port',
    begin: ({ proxy }) => {
      proxy.silence();
    },
    end: ({ proxy }) => {
      proxy.strand();
      return proxy.pass();
    },
  },
  {
    name: 'slow',
    begin: ({ proxy }) => {
      proxy.slow(600);
    },
    end: ({ proxy }) => proxy.pass(),
  },
  {
    name: 'out of connections',
    begin: async ({ database }) => {
      await query(database.adminUrl, `alter database ${database.name} connection limit 0`);
      await endConnections(database);
    },
    end: ({ database }) => query(database.adminUrl, `alter database ${database.name} connection limit -1`),
  },
  {
    name: 'read-only',
    keepsReads: true,
    // No setting of a database affects a node's transactions (DB-02), so triggers refuse writes as a standby does.
    begin: async ({ database: { url } }) => {
      await query(
        url,
        `create function hufu.refuse_writes() returns trigger language plpgsql as $$
           begin raise exception 'cannot write in a read-only transaction' using errcode = '25006'; end $$`,
      );
      for (const table of writtenTables) {
        await query(
          url,
          `create trigger refuse_writes before insert or update or delete on hufu.${table}
             for each statement execute function hufu.refuse_writes()`,
        );
      }
    },
    end: ({ database: { url } }) => query(url, 'drop function hufu.refuse_writes() cascade'),
  },
  {
    name: 'crashed and in recovery',
    ownServer: true,
    begin: ({ database }) => repeat(4, 1_000, () => crash(database)),
    end: ({ proxy }) => proxy.pass(),
  },
];

const faultMs = 4_000;
const answerMs = 5_000;

describe.runIf(databaseKind === 'postgres')('FAULT-01 a database that is', () => {
  it.concurrent.each(faults)(
    '$name: the node MUST answer within 5 s, lose no acknowledged session, and heal within 10 s',
    { timeout: 90_000 },
    async (fault) => {
      const scene = await setScene(fault);
      const node = await spawnNode({ database: { env: { DATABASE_URL: scene.proxy.url } } });
      // A node that could not connect at once listens before its tables exist.
      await expect.poll(async () => (await fetch(new URL('/readyz', node.url))).status).toBe(200);
      const people = await inTurn(4, () => register(node.url));
      const load = startLoad(node.url, people);
      await pause(500);

      const brokenAt = performance.now();
      await Promise.all([fault.begin(scene), pause(faultMs)]);
      await fault.end(scene);
      const repairedAt = performance.now();
      const healing = await healed(load, repairedAt);
      await load.end();
      report(fault.name, load, brokenAt, repairedAt, healing);

      expect(load.wrong).toEqual([]);
      expect(Math.max(...load.responses.map(({ tookMs }) => tookMs))).toBeLessThan(answerMs);
      expect(load.responses.some(({ outcome }) => outcome === 'SERVICE_UNAVAILABLE')).toBe(true);
      if (fault.keepsReads) {
        const reads = load.responses.filter(
          ({ kind, endedAt }) => kind === 'me' && endedAt > brokenAt + 1_000,
        );
        expect(reads.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
      }
      expect(Math.max(...healing)).toBeLessThan(healMs);
      await expectConsistentSessions(scene.database.url, load.acknowledged);
      expect(await node.stop()).toBe(0);
    },
  );
});

async function setScene({ ownServer }: Fault): Promise<Scene> {
  const database = ownServer === true ? await ownServerDatabase() : await freshServerDatabase();
  return { proxy: await startProxy(database.url), database };
}

function endConnections({ adminUrl, name }: ServerDatabase) {
  const ours = `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`;
  return query(adminUrl, ours, [name]);
}

/** Kills one backend: PostgreSQL then ends all others and recovers from its log. */
async function crash({ adminUrl, name }: ServerDatabase): Promise<void> {
  const backends = `select pid from pg_stat_activity where datname = $1 and backend_type = 'client backend' limit 1`;
  // PostgreSQL refuses the query while it recovers.
  const [row] = await query(adminUrl, backends, [name]).catch(() => []);
  if (typeof row?.['pid'] === 'number') process.kill(row['pid'], 'SIGKILL');
}

async function repeat(times: number, everyMs: number, act: () => unknown): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await act();
    await pause(everyMs);
  }
}

function report(
  name: string,
  { responses }: Load,
  brokenAt: number,
  repairedAt: number,
  healing: readonly number[],
): void {
  const during = responses.filter(({ endedAt }) => endedAt > brokenAt && endedAt < repairedAt);
  const bad = during.filter(({ outcome }) => outcome !== 'ok').length;
  const slowest = Math.max(...responses.map(({ tookMs }) => tookMs));
  console.info(
    `${name}: ${String(responses.length)} answers, ${String(bad)} of ${String(during.length)} unavailable, slowest ${String(Math.round(slowest))} ms, ` +
      `healed (me, login, register) after ${healing.map((ms) => String(Math.round(ms))).join(', ')} ms`,
  );
}
