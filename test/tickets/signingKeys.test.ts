// The signing keys of tickets, over a real database and a test clock: their creation, publication, rotation and revocation.

import { createSecretKey } from 'node:crypto';

import { calculateJwkThumbprint, decodeJwt } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';

import { type Database } from '../../src/db/database.js';
import { operatorEvents, signingKeys } from '../../src/db/schema/index.js';
import { maintain } from '../../src/maintenance.js';
import { createSigningKeys, keyTimes, type SigningKeys } from '../../src/tickets/signingKeys.js';
import { createTickets } from '../../src/tickets/tickets.js';
import { noMetrics } from '../../src/observability/metrics.js';
import { createLog } from '../../src/observability/log.js';
import { mustOpen, newUser, openDatabase, servicesOver } from '../sessions/harness.js';

const sealingKeysOf = (names: readonly string[]) => {
  const keys = names.map((kid) => ({ kid, key: createSecretKey(Buffer.alloc(32, kid)) }));
  const [current] = keys;
  if (current === undefined) throw new Error('no key');
  return { current, find: (kid: string) => keys.find((one) => one.kid === kid)?.key };
};

describe('the signing keys of tickets', async () => {
  const database: Database = await openDatabase();
  let nowMs: number;
  const clock = { now: () => new Date(nowMs) };
  const log = createLog('silent', false);
  const nodeWith = (...names: readonly string[]) =>
    createSigningKeys({ database, clock, sealingKeys: sealingKeysOf(names), log });
  let node: SigningKeys;
  const kids = async () => (await node.published()).map(({ kid }) => kid);

  beforeEach(async () => {
    await database.read((db) => db.delete(signingKeys));
    nowMs = Date.UTC(2030, 0, 1);
    node = nodeWith('a');
  });

  it('KEYS-10 MUST be one key when many nodes create the first at once', async () => {
    const nodes = Array.from({ length: 8 }, () => nodeWith('a'));
    const made = await Promise.all(nodes.map(async (one) => (await one.current()).kid));
    expect(new Set(made).size).toBe(1);
    expect(await kids()).toEqual([made[0]]);
  });

  it('KEYS-11 MUST grow by one key when many operators rotate at once', async () => {
    const first = (await node.current()).kid;
    await Promise.all(Array.from({ length: 6 }, () => nodeWith('a').rotate()));
    expect(await kids()).toEqual([first, expect.any(String)]);
  });

  it('KEYS-22 MUST include one signing key that is not revoked, also after parallel rotations and revocations', async () => {
    for (let round = 0; round < 10; round += 1) {
      const first = (await node.current()).kid;
      const others = Array.from({ length: 6 }, () => nodeWith('a'));
      const [, , , , ...signing] = await Promise.all([
        others[0]?.revoke(first),
        others[1]?.rotate(),
        others[2]?.revoke(first),
        others[3]?.maintain(),
        ...others.map((one) => one.current()),
      ]);
      expect(signing).toHaveLength(6);
      const now = await Promise.all(others.map(async (one) => (await one.current()).kid));
      expect(new Set(now).size).toBe(1);
      expect(now[0]).not.toBe(first);
      expect(await kids()).not.toContain(first);
      expect((await node.list()).filter(({ state }) => state === 'signing')).toHaveLength(1);
    }
  });

  it('KEYS-12 MUST be published from 20 minutes before they sign until their last ticket has expired', async () => {
    const first = (await node.current()).kid;
    nowMs += keyTimes.signsForMs - keyTimes.leadMs - 1;
    await node.maintain();
    expect(await kids()).toEqual([first]);
    nowMs += 1;
    // Every node runs maintenance.
    await Promise.all([node.maintain(), nodeWith('a').maintain()]);
    const [, second] = await kids();
    expect(await kids()).toEqual([first, second]);
    nowMs += keyTimes.leadMs - 1;
    expect((await node.current()).kid).toBe(first);
    nowMs += 1;
    expect(keyTimes.leadMs).toBe(20 * 60_000);
    expect((await node.current()).kid).toBe(second);
    nowMs += 60_000;
    expect(await kids()).toEqual([first, second]);
    nowMs += keyTimes.lingerMs - 60_000;
    expect(await kids()).toEqual([second]);
    await node.maintain();
    expect(await database.read((db) => db.select({ kid: signingKeys.kid }).from(signingKeys))).toEqual([
      { kid: second },
    ]);
  });

  it('KEYS-13 MUST be unpublished at once when they are revoked, and the next key signs', async () => {
    const first = (await node.current()).kid;
    await database.read((db) => db.delete(operatorEvents));
    await node.rotate();
    const [, second = ''] = await kids();
    nowMs += 1;
    expect((await node.revoke(first))?.map(({ kid, state }) => [kid, state])).toEqual([
      [first, 'revoked'],
      [second, 'signing'],
    ]);
    expect(await kids()).toEqual([second]);
    expect((await nodeWith('a').current()).kid).toBe(second);
    // No other key is published, so a new one signs at once.
    nowMs += 1;
    await node.revoke(second);
    const [third] = await kids();
    expect([first, second]).not.toContain(third);
    expect((await node.current()).kid).toBe(third);
    expect(await node.revoke('unknown')).toBeNull();
    const { act, subject, at } = operatorEvents;
    expect(await database.read((db) => db.select({ act, subject }).from(operatorEvents).orderBy(at))).toEqual(
      [
        { act: 'KEY_ROTATE', subject: first },
        { act: 'KEY_REVOKE', subject: first },
        { act: 'KEY_REVOKE', subject: second },
      ],
    );
  });

  it('KEYS-14 MUST be named by their RFC 7638 thumbprint, and be published without and stored with a sealed private part', async () => {
    await node.current();
    const [key] = await node.published();
    expect(key?.kid).toBe(await calculateJwkThumbprint(key ?? {}));
    expect(Object.keys(key ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    const [row] = await database.read((db) => db.select().from(signingKeys));
    expect(row?.sealedPrivateKey).toMatch(/^a\.[\w-]+$/);
  });

  it('KEYS-15 MUST be sealed for their row, and be sealed again with a new DATA_KEY', async () => {
    const { kid } = await node.current();
    const rotated = nodeWith('b', 'a');
    await rotated.maintain();
    expect((await nodeWith('b').current()).kid).toBe(kid);
    await expect(nodeWith('a').current()).rejects.toThrow('cannot be opened');
    await database.read((db) => db.update(signingKeys).set({ kid: 'another' }));
    await expect(nodeWith('b').current()).rejects.toThrow('cannot be opened');
  });

  it('KEYS-17 MUST NOT sign a ticket that outlives its session', async () => {
    const services = servicesOver(database, {}, clock);
    const session = await mustOpen(services, await newUser(database));
    const audiences = new Map([['orders', 'plain' as const]]);
    const own = { issuer: 'hufu', ownClientId: 'hufu' };
    const tickets = createTickets({ keys: node, clock, metrics: noMetrics, ...own, audiences });
    const lifeOf = async (leftMs: number) => {
      const minted = await tickets.mint({ ...session, expiresAt: new Date(nowMs + leftMs) }, 'orders');
      if (minted.kind !== 'minted') throw new Error(minted.kind);
      const { exp = 0 } = decodeJwt(minted.ticket);
      expect(minted.expiresAt).toEqual(new Date(exp * 1_000));
      return exp * 1_000 - nowMs;
    };
    expect(await lifeOf(61_000)).toBe(60_000);
    expect(await lifeOf(10_900)).toBe(10_000);
  });

  it('KEYS-16 MUST be rotated by the maintenance of any node', async () => {
    const { kid } = await node.current();
    nowMs += keyTimes.signsForMs;
    const services = { ...servicesOver(database, {}, clock), tickets: node };
    maintain(services, { sessionHistoryDays: 90, securityEventsDays: 90 });
    await services.background.drained();
    expect(await kids()).toEqual([kid, expect.any(String)]);
  });
});
