// Challenges: only its token finds a challenge, time and wrong answers end it, and one of many parallel uses succeeds.

import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import {
  type Challenge,
  type ChallengePurpose,
  countWrongTry,
  findChallenge,
  lockChallenge,
  purgeChallenges,
  startChallenge,
  useChallenge,
  voidChallenges,
} from '../../src/auth/challenges.js';
import { challenges } from '../../src/db/schema/index.js';
import { createTestClock } from '../support/clock.js';
import { newUser, openDatabase } from '../sessions/harness.js';

const database = await openDatabase();
const clock = createTestClock();
const purpose = 'secondFactor';
const minuteMs = 60_000;

const begin = (userId: string | null = null) =>
  database.transact((tx) =>
    Promise.resolve(startChallenge(tx, { purpose, userId, payload: { some: 'thing' } }, clock.now())),
  );

const find = (token: string, of: ChallengePurpose = purpose) =>
  database.read((db) => findChallenge(db, clock, { purpose: of, token }));

/** Runs `work` on the open challenge of a token, behind its lock; returns false where there is none. */
const whileOpen = (
  token: string,
  work: (tx: Parameters<typeof useChallenge>[0], challenge: Challenge) => void,
) =>
  database.transact(async (tx) => {
    const challenge = await lockChallenge(tx, clock, { purpose, token });
    if (challenge?.state !== 'open') return false;
    work(tx, challenge);
    return true;
  });

describe('CHALLENGE-01 a challenge', () => {
  it('MUST be found by its token, and only for its purpose', async () => {
    const userId = await newUser(database);
    const { token, expiresAt } = await begin(userId);
    expect(token).toMatch(/^[\w-]{64}$/);
    expect(expiresAt.getTime() - clock.now().getTime()).toBe(10 * minuteMs);
    expect(await find(token)).toMatchObject({
      userId,
      payload: { some: 'thing' },
      state: 'open',
      triesLeft: 5,
    });
    expect(await find(token, 'totpEnrolment')).toBeNull();
  });

  it('MUST NOT be found by any other text', async () => {
    const [{ token }, other] = [await begin(), await begin()];
    const bytes = Buffer.from(token, 'base64url');
    const texts = [
      '',
      'x',
      token.slice(0, -1),
      `${token}A`,
      `${token}=`,
      ` ${token}`,
      '\u0000',
      '\ud800',
      'é'.repeat(64),
      Buffer.concat([bytes.subarray(0, 16), randomBytes(32)]).toString('base64url'),
      Buffer.concat([bytes.subarray(0, 16), Buffer.from(other.token, 'base64url').subarray(16)]).toString(
        'base64url',
      ),
      'A'.repeat(100_000),
    ];
    for (const text of texts) expect(await find(text), text.slice(0, 80)).toBeNull();
    expect(await find(token)).not.toBeNull();
  });

  it('MUST NOT store the secret of its token', async () => {
    const { token } = await begin();
    const secret = Buffer.from(token, 'base64url').subarray(16);
    const rows = JSON.stringify(await database.read((db) => db.select().from(challenges)));
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      expect(rows).not.toContain(secret.toString(encoding));
  });

  it('MUST expire after 10 minutes, and be purged a few minutes later', async () => {
    const { token } = await begin();
    clock.turn(10 * minuteMs - 1);
    expect(await find(token)).not.toBeNull();
    clock.turn(1);
    expect(await find(token)).toBeNull();
    expect(await whileOpen(token, () => undefined)).toBe(false);
    await purgeChallenges({ database, clock });
    expect(await database.read((db) => db.$count(challenges))).toBeGreaterThan(0);
    clock.turn(6 * minuteMs);
    await purgeChallenges({ database, clock });
    expect(await database.read((db) => db.$count(challenges))).toBe(0);
  });

  it('MUST end at the fifth wrong answer', async () => {
    const { token } = await begin();
    for (const left of [4, 3, 2, 1, 0]) {
      let told = -1;
      expect(
        await whileOpen(token, (tx, challenge) => {
          told = countWrongTry(tx, challenge);
        }),
      ).toBe(true);
      expect(told).toBe(left);
    }
    expect(await find(token)).toBeNull();
  });

  it('MUST count each of 20 parallel wrong answers, and let one of 20 parallel uses succeed', async () => {
    const [guessed, used] = [await begin(), await begin()];
    const counted = await Promise.all(
      Array.from({ length: 20 }, () =>
        whileOpen(guessed.token, (tx, challenge) => void countWrongTry(tx, challenge)),
      ),
    );
    expect(counted.filter(Boolean)).toHaveLength(5);
    const uses = await Promise.all(
      Array.from({ length: 20 }, () =>
        whileOpen(used.token, (tx, challenge) => {
          useChallenge(tx, challenge, clock.now());
        }),
      ),
    );
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect(await find(used.token)).toMatchObject({ state: 'used' });
  });

  it('MUST be voided together with all challenges of its user, and of no other user', async () => {
    const [ann, bob] = [await newUser(database), await newUser(database)];
    const [first, second, other, none] = [
      await begin(ann),
      await begin(ann),
      await begin(bob),
      await begin(),
    ];
    await database.transact((tx) => {
      voidChallenges(tx, ann);
      return Promise.resolve();
    });
    expect(await find(first.token)).toBeNull();
    expect(await find(second.token)).toBeNull();
    expect(await find(other.token)).not.toBeNull();
    expect(await find(none.token)).not.toBeNull();
  });
});
