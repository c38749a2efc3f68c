// Session slots: each policy by itself, under parallel logins, and when an operator changes it on a running system.

import { describe, expect, it } from 'vitest';

import { chooseSlot, expiredReason, expiryOf, type SessionPolicy } from '../../src/sessions/slots.js';
import { type Session } from '../../src/sessions/types.js';
import { type DeviceKind } from '../../src/users/types.js';
import { createTestClock } from '../support/clock.js';
import {
  isLive,
  mustOpen,
  newUser,
  open,
  openDatabase,
  rowsOf,
  servicesOver,
  standardPolicy,
} from './harness.js';

const database = await openDatabase();

const limits = [1, 3, 0] as const;
const scopes = ['user', 'device'] as const;
const overflows = ['supersede', 'refuse', 'ask'] as const;
const matrix = limits.flatMap((limit) =>
  scopes.flatMap((scope) => overflows.map((overflow) => ({ limit, scope, overflow }))),
);

const kinds: readonly DeviceKind[] = ['MOBILE', 'DESKTOP'];
const attempts = 32;

/** Returns how many of 32 sessions on two kinds of device a policy allows. */
function allowed({ limit, scope }: Pick<SessionPolicy, 'limit' | 'scope'>): number {
  if (limit === 0) return attempts;
  return scope === 'user' ? limit : limit * kinds.length;
}

describe('POLICY-01 32 parallel logins', () => {
  it.each(matrix)(
    'MUST leave exactly the allowed number of live sessions: limit $limit for each $scope, $overflow',
    async (policy) => {
      const services = servicesOver(database, policy);
      const userId = await newUser(database);
      const opened = await Promise.all(
        Array.from({ length: attempts }, (_, index) => open(services, userId, kinds[index % kinds.length])),
      );
      const rows = await rowsOf(database, userId);
      const succeeded = opened.filter(({ kind }) => kind === 'opened').length;
      expect(rows.filter(isLive)).toHaveLength(allowed(policy));
      expect(rows).toHaveLength(succeeded);
      expect(succeeded).toBe(policy.overflow === 'supersede' ? attempts : allowed(policy));
      expect(new Set(rows.filter(isLive).map(({ slot }) => slot)).size).toBe(allowed(policy));
      for (const row of rows.filter((one) => !isLive(one))) {
        expect(row.endReason).toBe('SUPERSEDED');
        expect(rows.map(({ id }) => id)).toContain(row.supersededBy);
      }
    },
  );

  it.each(matrix.filter(({ overflow }) => overflow === 'ask'))(
    'MUST all succeed as takeovers: limit $limit for each $scope',
    async (policy) => {
      const services = servicesOver(database, policy);
      const userId = await newUser(database);
      const opened = await Promise.all(
        Array.from({ length: attempts }, (_, index) =>
          open(services, userId, kinds[index % kinds.length], { takeover: true }),
        ),
      );
      expect(opened.map(({ kind }) => kind)).toEqual(Array.from({ length: attempts }, () => 'opened'));
      expect((await rowsOf(database, userId)).filter(isLive)).toHaveLength(allowed(policy));
    },
  );

  it('MUST NOT take over where the policy is refuse', async () => {
    const services = servicesOver(database, { overflow: 'refuse' });
    const userId = await newUser(database);
    const first = await mustOpen(services, userId);
    const second = await open(services, userId, 'OTHER', { takeover: true });
    expect(second).toMatchObject({ kind: 'full', holders: [{ id: first.id, endedAt: null }] });
  });
});

describe('POLICY-02 the slot of a new session', () => {
  it('MUST be a free one, or else that of the session that signed in first', async () => {
    const clock = createTestClock();
    const services = servicesOver(database, { limit: 2 }, clock);
    const userId = await newUser(database);
    const opened: Session[] = [];
    for (let count = 0; count < 4; count += 1) {
      opened.push(await mustOpen(services, userId));
      clock.turn(1_000);
    }
    const rows = await rowsOf(database, userId);
    expect(rows.map(({ slot }) => slot)).toEqual(['1', '2', '1', '2']);
    expect(rows.map(({ supersededBy }) => supersededBy)).toEqual([opened[2]?.id, opened[3]?.id, null, null]);
  });

  it('MUST be of its kind of device with the scope device', async () => {
    const services = servicesOver(database, { scope: 'device' });
    const userId = await newUser(database);
    const phone = await mustOpen(services, userId, 'MOBILE');
    const laptop = await mustOpen(services, userId, 'DESKTOP');
    const newPhone = await mustOpen(services, userId, 'MOBILE');
    const live = (await rowsOf(database, userId)).filter(isLive);
    expect(new Set(live.map(({ id }) => id))).toEqual(new Set([laptop.id, newPhone.id]));
    expect((await rowsOf(database, userId)).find(({ id }) => id === phone.id)).toMatchObject({
      endReason: 'SUPERSEDED',
      supersededBy: newPhone.id,
    });
  });

  it('MUST be refused with the list of the sessions that hold the slots, newest first', async () => {
    const clock = createTestClock();
    const services = servicesOver(database, { limit: 2, overflow: 'ask' }, clock);
    const userId = await newUser(database);
    const older = await mustOpen(services, userId);
    clock.turn(1_000);
    const newer = await mustOpen(services, userId);
    const refused = await open(services, userId);
    expect(refused.kind === 'full' && refused.holders.map(({ id }) => id)).toEqual([newer.id, older.id]);
  });
});

describe('POLICY-03 the expiry of a session', () => {
  it.each(['EXPIRED', 'IDLE'] as const)('MUST free its slot: %s', async (reason) => {
    const clock = createTestClock();
    const idleSeconds = reason === 'IDLE' ? 60 : 0;
    const services = servicesOver(database, { overflow: 'refuse', ttlSeconds: 3_600, idleSeconds }, clock);
    const userId = await newUser(database);
    const old = await mustOpen(services, userId);
    expect((await open(services, userId)).kind).toBe('full');

    const seconds = reason === 'IDLE' ? 60 : 3_600;
    clock.turn(seconds * 1_000);
    const opened = await open(services, userId);
    expect(opened.kind).toBe('opened');
    expect(opened.ended).toMatchObject([
      { id: old.id, endReason: reason, endedAt: new Date(old.signedInAt.getTime() + seconds * 1_000) },
    ]);
    // The expiry ended it, not the new session.
    expect((await rowsOf(database, userId))[0]).toMatchObject({ endReason: reason, supersededBy: null });
  });

  it('MUST be exact to the millisecond', () => {
    const now = new Date('2026-01-31T09:30:00.000Z');
    const session = { expiresAt: new Date(now.getTime() + 5_000), lastSeenAt: now };
    const idle = { ...standardPolicy, idleSeconds: 2 };
    const after = (ms: number) => new Date(now.getTime() + ms);
    expect(expiredReason(session, idle, after(1_999))).toBeNull();
    expect(expiredReason(session, idle, after(2_000))).toEqual({ reason: 'IDLE', at: after(2_000) });
    expect(expiredReason(session, idle, after(5_000))).toEqual({ reason: 'EXPIRED', at: after(5_000) });
    expect(expiredReason(session, standardPolicy, after(4_999))).toBeNull();
    expect(expiryOf(session, idle)).toEqual(after(2_000));
    expect(expiryOf(session, { ...idle, idleSeconds: 9 })).toEqual(after(5_000));
    expect(expiryOf(session, standardPolicy)).toEqual(after(5_000));
  });
});

describe('POLICY-04 a changed policy', () => {
  /** Opens sessions under one policy, a second apart, and one more under another policy. */
  async function change(
    before: Partial<SessionPolicy>,
    devices: readonly DeviceKind[],
    after: Partial<SessionPolicy>,
    last: DeviceKind = 'MOBILE',
  ) {
    const clock = createTestClock();
    const userId = await newUser(database);
    for (const kind of devices) {
      await mustOpen(servicesOver(database, before, clock), userId, kind);
      clock.turn(1_000);
    }
    const untouched = (await rowsOf(database, userId)).filter(isLive).length;
    const opened = await open(servicesOver(database, after, clock), userId, last);
    const live = (await rowsOf(database, userId)).filter(isLive);
    return { opened, untouched, live: live.map(({ device, slot }) => `${device.kind} ${slot}`) };
  }

  const three: readonly DeviceKind[] = ['DESKTOP', 'TABLET', 'TV'];

  it('MUST end no session until the next login, which supersedes the oldest ones', async () => {
    const { untouched, live, opened } = await change({ limit: 3 }, three, { limit: 2 });
    expect(untouched).toBe(3);
    expect(live).toHaveLength(2);
    expect(opened.kind === 'opened' && opened.superseded.map(({ device }) => device.kind).sort()).toEqual([
      'DESKTOP',
      'TV',
    ]);
  });

  it.each([
    [{ limit: 3 }, { limit: 1 }, 1],
    [{ limit: 0 }, { limit: 1 }, 1],
    [{ limit: 0 }, { limit: 3 }, 3],
    [{ limit: 1 }, { limit: 3 }, 2],
    [{ limit: 1 }, { limit: 0 }, 2],
    [{ limit: 3 }, { limit: 0 }, 4],
    [{ limit: 1, scope: 'device' }, { limit: 1 }, 1],
    [{ limit: 1, scope: 'device' }, { limit: 2 }, 2],
    [{ limit: 3 }, { limit: 1, scope: 'device' }, 4],
    [{ limit: 0 }, { limit: 2, scope: 'device' }, 4],
  ] as const)(
    'MUST apply at the next login: from %o to %o leaves %i live sessions',
    async (before, after, expected) => {
      const { live } = await change(before, three, after);
      expect(live).toHaveLength(expected);
    },
  );

  it.each([
    [{ limit: 0 }, { limit: 1, scope: 'device' }],
    [{ limit: 3 }, { limit: 1, scope: 'device' }],
    [
      { limit: 3, scope: 'device' },
      { limit: 1, scope: 'device' },
    ],
  ] as const)('MUST apply to the kind of device that signs in: from %o to %o', async (before, after) => {
    const { live, opened } = await change(before, ['MOBILE', 'DESKTOP', 'MOBILE'], after);
    expect(live.sort()).toEqual([expect.stringMatching(/^DESKTOP/), 'MOBILE MOBILE']);
    expect(opened.kind === 'opened' && opened.superseded).toHaveLength(2);
  });

  it('MUST refuse the next login with the overflow refuse, and end no session', async () => {
    const { opened, live } = await change({ limit: 3 }, three, { limit: 1, overflow: 'refuse' });
    expect(opened).toMatchObject({ kind: 'full', ended: [] });
    expect(live).toHaveLength(3);
  });

  it('MUST hold for any rows: one session in a slot, and at most the limit in a scope', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const slots = [
      'only',
      '1',
      '2',
      '3',
      '4',
      'MOBILE',
      'DESKTOP',
      'MOBILE:1',
      'MOBILE:2',
      'DESKTOP:1',
      'an-id',
    ];
    for (let round = 0; round < 2_000; round += 1) {
      const policy = { ...standardPolicy, limit: 1 + random(3), scope: scopes[random(2)] ?? 'user' };
      const taken = slots.filter(() => random(2) === 0);
      const live = taken.map((slot, index) => ({
        ...someSession,
        id: `id-${String(index)}`,
        slot,
        // A slot that names a kind of device is held only by that kind.
        device: {
          kind: kinds.find((kind) => slot.startsWith(kind)) ?? kinds[random(2)] ?? 'OTHER',
          name: null,
        },
        signedInAt: new Date(random(1_000)),
      }));
      const choice = chooseSlot(live, policy, 'MOBILE', 'fresh', false);
      if (choice.kind !== 'chosen') throw new Error('this policy refuses no login');
      const stay = live.filter((session) => !choice.evicted.includes(session));
      expect(stay.map(({ slot }) => slot)).not.toContain(choice.slot);
      const own = stay.filter(({ device }) => policy.scope === 'user' || device.kind === 'MOBILE');
      expect(own.length + 1).toBeLessThanOrEqual(policy.limit);
    }
  });
});

const someSession: Session = {
  id: '',
  userId: 'u',
  slot: '',
  device: { kind: 'OTHER', name: null },
  userAgent: null,
  ipAddress: null,
  methods: ['PASSWORD'],
  provedAt: new Date(0),
  signedInAt: new Date(0),
  lastSeenAt: new Date(0),
  expiresAt: new Date(1e13),
  endedAt: null,
  endReason: null,
  supersededBy: null,
};
