// A thousand devices that subscribe on one node: the memory and the queries that each costs, and the few NOTIFY messages that
// announce the end of all.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import postgres from 'postgres';
import { describe, expect, it } from 'vitest';

import { createKeyring } from '../../src/tokens/keyring.js';
import { createSessionTokens } from '../../src/tokens/sessionToken.js';
import { startProxy } from '../faults/proxy.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { gql, type Operation } from '../support/gql.js';
import { measureMemory, probedEnv } from '../support/memoryProbe.js';
import { register } from '../support/operations.js';
import { testSecret } from '../support/settings.js';
import { type TestSocket, sessionEndedOn, watch } from '../support/socket.js';
import { spawnNode } from '../support/spawnNode.js';

const subscribers = 1_000;
const maxBytesEach = 50_000;

const endOthersOperation: Operation<{ endOtherSessions: { sessions: { id: string }[] } }> =
  'mutation { endOtherSessions { sessions { id } } }';

describe.runIf(databaseKind === 'postgres')('LIVE-16 a thousand idle subscribers', async () => {
  if (databaseKind !== 'postgres') return;
  const database = await readyDatabase();
  const databaseUrl = database.env['DATABASE_URL'] ?? '';
  const proxy = await startProxy(databaseUrl);
  const node = await spawnNode({
    database: { env: { ...database.env, DATABASE_URL: proxy.url } },
    env: { SESSION_LIMIT: '0', ...probedEnv },
  });
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => undefined });
  whenFileEnds(() => sql.end());
  const ann = await register(node.url);
  const tokens = await openSessions(sql, ann.user.id, subscribers);

  it('MUST cost less than 50 KB and no query each, learn of their end in at most five NOTIFY messages, and be freed', async () => {
    // Creates what the node allocates once for all subscribers.
    await watchAll(node.url, tokens.slice(0, 100)).then(closeAll);
    const heldBytes = async () => {
      const { heap, external } = await measureMemory(node);
      return heap + external;
    };
    const before = await heldBytes();
    const sockets = await watchAll(node.url, tokens);
    const bytesEach = ((await heldBytes()) - before) / subscribers;
    expect(bytesEach).toBeLessThan(maxBytesEach);
    expect(bytesEach).toBeGreaterThan(100);

    // Longer than the time between two sweeps.
    const piecesBefore = proxy.pieces();
    await pause(11_000);
    const pieces = proxy.pieces() - piecesBefore;
    expect(pieces).toBeGreaterThan(0);
    expect(pieces).toBeLessThan(100);
    expect(sockets.every(({ messages }) => messages.every(({ type }) => type !== 'next'))).toBe(true);

    const notices: string[] = [];
    await sql.listen('hufu_session_ended', (text) => notices.push(text));
    const { data } = await gql(node.url, { query: endOthersOperation, token: ann.token });
    expect(data?.endOtherSessions.sessions).toHaveLength(subscribers);
    const outcomes = await Promise.all(sockets.map((socket) => sessionEndedOn(socket)));
    expect(new Set(outcomes.map((outcome) => (outcome as { reason: string }).reason))).toEqual(
      new Set(['REVOKED']),
    );
    const closings = await Promise.all(sockets.map((socket) => socket.closed()));
    expect(new Set(closings.map(({ code, reason }) => `${String(code)} ${reason}`))).toEqual(
      new Set(['4403 REVOKED']),
    );
    // The node tells its own devices before it notifies other nodes.
    await expect
      .poll(() => notices.flatMap((text) => text.split(',').slice(1)).length, { timeout: 10_000 })
      .toBe(subscribers);
    expect(notices.length).toBeLessThanOrEqual(5);
    expect(Math.max(...notices.map((text) => Buffer.byteLength(text)))).toBeLessThan(8_000);

    // Closed sockets hold timers for a second or two. After that only the noise of the heap is left.
    let left = Infinity;
    for (let tries = 0; tries < 10 && left > bytesEach / 4; tries += 1) {
      await pause(1_000);
      left = ((await heldBytes()) - before) / subscribers;
    }
    expect(left).toBeLessThan(bytesEach / 4);
  }, 90_000);
});

/** Inserts sessions of a user, and returns their tokens. */
async function openSessions(sql: postgres.Sql, userId: string, count: number): Promise<readonly string[]> {
  const keyring = createKeyring(testSecret, null);
  const { sign } = createSessionTokens({ keyring, issuer: 'hufu', audience: 'hufu' });
  const now = new Date();
  const signedInAt = new Date(now.getTime() - 1_000);
  const expiresAt = new Date(now.getTime() + 3_600_000);
  const ids = Array.from({ length: count }, () => randomUUID());
  const rows = ids.map((id) => ({
    id,
    user_id: userId,
    slot: id,
    device_kind: 'OTHER',
    methods: '{PASSWORD}',
    proved_at: signedInAt,
    signed_in_at: signedInAt,
    last_seen_at: now,
    expires_at: expiresAt,
  }));
  await sql`insert into hufu.sessions ${sql(rows)}`;
  return ids.map((sessionId) => sign({ userId, sessionId, signedInAt, expiresAt }, now));
}

async function watchAll(url: string, tokens: readonly string[]): Promise<readonly TestSocket[]> {
  const sockets: TestSocket[] = [];
  for (let from = 0; from < tokens.length; from += 100) {
    const some = tokens.slice(from, from + 100);
    sockets.push(...(await Promise.all(some.map((token) => watch(url, token)))));
  }
  return sockets;
}

async function closeAll(sockets: readonly TestSocket[]): Promise<void> {
  for (const socket of sockets) socket.close();
  await Promise.all(sockets.map((socket) => socket.closed()));
}
