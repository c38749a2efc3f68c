// A thousand devices that wait on one node: what each of them costs in memory and in queries, and that one end of them
// all is told in a few notices.

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
const mostBytesEach = 50_000;

const endOthersOperation: Operation<{ endOtherSessions: { sessions: { id: string }[] } }> =
  'mutation { endOtherSessions { sessions { id } } }';

describe.runIf(databaseKind === 'postgres')('LIVE-16 a thousand idle subscribers', async () => {
  if (databaseKind !== 'postgres') return;
  const database = await readyDatabase();
  const address = database.env['DATABASE_URL'] ?? '';
  const proxy = await startProxy(address);
  const node = await spawnNode({
    database: { env: { ...database.env, DATABASE_URL: proxy.url } },
    env: { SESSION_LIMIT: '0', ...probedEnv },
  });
  const sql = postgres(address, { max: 2, onnotice: () => undefined });
  whenFileEnds(() => sql.end());
  const ann = await register(node.url);
  const tokens = await openSessions(sql, ann.user.id, subscribers);

  it('MUST cost less than 50 KB each and no query each, be told all at once, and leave nothing behind', async () => {
    // What the node makes once, for however many.
    await watchAll(node.url, tokens.slice(0, 100)).then(closeAll);
    const heldBytes = async () => {
      const { heap, external } = await measureMemory(node);
      return heap + external;
    };
    const before = await heldBytes();
    const sockets = await watchAll(node.url, tokens);
    const bytesEach = ((await heldBytes()) - before) / subscribers;
    expect(bytesEach).toBeLessThan(mostBytesEach);
    expect(bytesEach).toBeGreaterThan(100);

    // Longer than from one sweep to the next.
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
    // This node's own devices are told before the other nodes are.
    await expect
      .poll(() => notices.flatMap((text) => text.split(',').slice(1)).length, { timeout: 10_000 })
      .toBe(subscribers);
    expect(notices.length).toBeLessThanOrEqual(5);
    expect(Math.max(...notices.map((text) => Buffer.byteLength(text)))).toBeLessThan(8_000);

    // The closings have timers of a second or two; after them nothing is left but what a node's memory moves by itself.
    let left = Infinity;
    for (let tries = 0; tries < 10 && left > bytesEach / 4; tries += 1) {
      await pause(1_000);
      left = ((await heldBytes()) - before) / subscribers;
    }
    expect(left).toBeLessThan(bytesEach / 4);
  }, 90_000);
});

/** Writes sessions as if their owner had signed in so often, and gives their tokens. */
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
