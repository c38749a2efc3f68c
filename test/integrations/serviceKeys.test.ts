// Verifies service keys, and the commands of operators on service accounts.

import { eq } from 'drizzle-orm';
import { expect, it, vi } from 'vitest';

import { createBackground } from '../../src/common/backgroundTasks.js';
import { operatorEvents, serviceAccounts, serviceKeys } from '../../src/db/schema/index.js';
import {
  createServiceAccount,
  listServiceAccounts,
  rotateServiceKey,
  rotationMs,
  setServiceDisabled,
} from '../../src/integrations/serviceAccounts.js';
import { createServiceVerifier, makeServiceKey } from '../../src/integrations/serviceKeys.js';
import { createLog } from '../../src/observability/log.js';
import { openDatabase } from '../sessions/harness.js';

const database = await openDatabase();
let aheadMs = 0;
const clock = { now: () => new Date(database.clock.now().getTime() + aheadMs) };
const services = { database, clock };
const background = createBackground(createLog('silent', false));
const verifier = createServiceVerifier({ database, clock, background });
const isGood = async (key: string, name: string | null = null) =>
  (await verifier.verify({ name, key })) !== null;

async function create(name: string): Promise<string> {
  const created = await createServiceAccount(services, name, ['introspect', 'feed']);
  if (created.kind !== 'created') throw new Error('the name is taken');
  return created.key;
}

it('a service key MUST be accepted with or without the name of its service, and give its scopes', async () => {
  const key = await create('gateway');

  expect(key).toMatch(/^hufu_[\da-f]{16}_[\w-]{43}$/);
  const service = await verifier.verify({ name: null, key });
  expect(service).toMatchObject({ name: 'gateway', scopes: new Set(['introspect', 'feed']) });
  expect(await isGood(key, 'gateway')).toBe(true);
  expect(await createServiceAccount(services, 'gateway', ['feed'])).toEqual({ kind: 'taken' });
});

it('the database MUST hold the SHA-256 of a key only', async () => {
  const key = await create('hashed');

  const rows = await database.read((db) => db.select().from(serviceKeys));
  expect(JSON.stringify(rows)).not.toContain(key.slice(-43));
  expect(rows.every(({ hash }) => /^[\da-f]{64}$/.test(hash))).toBe(true);
});

it('a malformed, unknown or wrong key, and a key of another service, MUST be refused', async () => {
  const key = await create('victim');
  await create('other');
  const wrong = `${key.slice(0, -8)}AAAAAAAA`;

  for (const bad of ['', 'hufu_', wrong, makeServiceKey().key, `${key}A`, "hufu_'; drop table users; --"])
    expect(await isGood(bad)).toBe(false);
  expect(await isGood(key, 'other')).toBe(false);
});

it('a rotation MUST keep the earlier key valid for a day, or end it at once if asked to', async () => {
  const first = await create('rotated');
  const second = (await rotateServiceKey(services, 'rotated', false))?.key ?? '';

  expect([await isGood(first), await isGood(second)]).toEqual([true, true]);
  aheadMs = rotationMs + 1_000;
  expect([await isGood(first), await isGood(second)]).toEqual([false, true]);
  const third = (await rotateServiceKey(services, 'rotated', true))?.key ?? '';
  expect([await isGood(first), await isGood(second), await isGood(third)]).toEqual([false, false, true]);
  aheadMs = 0;
  expect(await rotateServiceKey(services, 'nowhere', false)).toBeNull();
});

it('a disabled service MUST be refused, and accepted again once it is enabled', async () => {
  const key = await create('disabled');
  const service = await verifier.verify({ name: null, key });
  if (service === null) throw new Error('refused');

  await setServiceDisabled(services, 'disabled', true);
  expect([await isGood(key), await verifier.isStill(service, 'feed')]).toEqual([false, false]);
  await setServiceDisabled(services, 'disabled', false);
  expect([await isGood(key), await verifier.isStill(service, 'feed')]).toEqual([true, true]);
  expect(await verifier.isStill(service, 'tickets')).toBe(false);

  const acts = await database.read((db) =>
    db.select({ act: operatorEvents.act }).from(operatorEvents).where(eq(operatorEvents.subject, 'disabled')),
  );
  expect(acts.map(({ act }) => act)).toEqual(['SERVICE_CREATE', 'SERVICE_DISABLE', 'SERVICE_ENABLE']);
});

it('the last use of a service MUST be stored, once a minute at most', async () => {
  const key = await create('used');
  const lastUse = async () => {
    await background.drained();
    const named = eq(serviceAccounts.name, 'used');
    const [row] = await database.read((db) => db.select().from(serviceAccounts).where(named));
    return row?.lastUsedAt?.getTime() ?? null;
  };

  expect(await lastUse()).toBeNull();
  await isGood(key);
  const first = await lastUse();
  expect(first).not.toBeNull();
  aheadMs = 59_000;
  await isGood(key);
  expect(await lastUse()).toBe(first);
  aheadMs = 61_000;
  await isGood(key);
  expect(await lastUse()).toBeGreaterThan(first ?? Infinity);
  aheadMs = 0;
  const accounts = await listServiceAccounts(services);
  expect(accounts.find(({ name }) => name === 'used')).toMatchObject({ keys: [{ expiresAt: null }] });
});

it('verifications of one key at the same moment MUST share one read', async () => {
  const key = await create('shared');
  const run = vi.fn();
  const counting = {
    ...database,
    prepare: ((build) => {
      const query = database.prepare(build);
      return (values) => {
        run();
        return query(values);
      };
    }) as typeof database.prepare,
  };
  const one = createServiceVerifier({ database: counting, clock, background });

  const found = await Promise.all(Array.from({ length: 50 }, () => one.verify({ name: null, key })));

  expect(found.every((service) => service?.name === 'shared')).toBe(true);
  expect(run).toHaveBeenCalledTimes(1);
});
