// One chaos run: starts a cluster and its clients, causes faults, and checks the history.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import postgres from 'postgres';

import { check, type Violation } from './checker.js';
import { type Account, createDevice, type Random, type Recorder, registerAccount } from './clients.js';
import { startCluster } from './cluster.js';
import { cause } from './faults.js';
import { type History, type SessionRow, type Watch } from './history.js';

export interface ChaosOptions {
  readonly seed: number;
  readonly seconds: number;
  /** The folder that holds the built program. */
  readonly root: string;
}

export interface ChaosReport {
  readonly history: History;
  /** The unexpected errors in the logs of the nodes. */
  readonly errors: readonly string[];
  readonly violations: readonly Violation[];
}

const accountCount = 6;
const devicesOfAccount = 3;

/** The time after the last fault within which every device is notified, in milliseconds: the sweep runs every 10 s. */
const settleMs = 25_000;

export async function runChaos({ seed, seconds, root }: ChaosOptions): Promise<ChaosReport> {
  const random = randomOf(seed);
  const limit = seed % 2 === 0 ? 1 : 2;
  const cluster = await startCluster({ root, env: { SESSION_LIMIT: String(limit) } });

  const beganAt = performance.now();
  const now = () => performance.now() - beganAt;
  const recorder: Recorder = { now, operations: [], watches: [] };
  const accounts = Array.from({ length: accountCount }, (_, index): Account => ({
    name: `account ${String(index + 1)}`,
    email: `${randomUUID()}@example.com`,
    passwords: [`first password ${randomUUID()}`],
    isChanging: false,
    sessions: new Set(),
  }));
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  for (const account of accounts) await registerAccount(account, node, recorder);

  const devices = accounts.flatMap((account) =>
    Array.from({ length: devicesOfAccount }, () =>
      createDevice(account, cluster.nodes, recorder, randomOf(random() * 2 ** 32)),
    ),
  );
  let isOver = false;
  const running = devices.map((device) => device.run(() => isOver));
  const faults = await cause(cluster, random, now, seconds * 1_000);
  isOver = true;
  await Promise.all(running);

  const rows = await settled(cluster.servers.primaryUrl(), accounts, recorder.watches);
  const { operations, watches } = recorder;
  // Copies the history, because the sockets that close from here on must not count.
  const history: History = structuredClone({ operations, watches, faults, rows, limit, endedAt: now() });
  for (const device of devices) device.stop();
  const errors = cluster.nodes.flatMap(({ name, output }) =>
    output()
      .split('\n')
      .filter((line) => line.includes('unexpected error'))
      .map((line) => `${name}: ${line}`),
  );
  return { history, errors, violations: check(history) };
}

/** Waits at most {@link settleMs} until every device whose session has ended is notified, and gives all rows. */
async function settled(
  url: string,
  accounts: readonly Account[],
  watches: readonly Watch[],
): Promise<readonly SessionRow[]> {
  const deadline = performance.now() + settleMs;
  for (;;) {
    const rows = await readRows(url, accounts);
    const live = new Set(rows.filter(({ endedAt }) => endedAt === null).map(({ id }) => id));
    const areNotified = watches.every(({ closed, session }) => closed !== null || live.has(session));
    if (areNotified || performance.now() > deadline) return rows;
    await sleep(250);
  }
}

async function readRows(url: string, accounts: readonly Account[]): Promise<readonly SessionRow[]> {
  const names = new Map(accounts.map(({ name, email }) => [email, name]));
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    const rows = await sql<
      {
        id: string;
        email: string;
        slot: string;
        key: string | null;
        signed_in_at: Date;
        ended_at: Date | null;
        end_reason: string | null;
        superseded_by: string | null;
      }[]
    >`
      select sessions.id, email, slot, idempotency_key as key, signed_in_at, ended_at, end_reason, superseded_by
      from hufu.sessions join hufu.users on users.id = user_id`;
    return rows.map((row) => ({
      id: row.id,
      account: names.get(row.email) ?? row.email,
      slot: row.slot,
      key: row.key,
      signedInAt: row.signed_in_at,
      endedAt: row.ended_at,
      reason: row.end_reason,
      supersededBy: row.superseded_by,
    }));
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Makes a generator of numbers from 0 to 1, the same for the same seed (mulberry32 by Tommy Ettinger, public domain). */
function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
