// Races between requests that add, renew, remove or use second factors, on two nodes over one PostgreSQL server: the acts have
// one order, and the rows stay consistent.

import { createHash, randomUUID } from 'node:crypto';

import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';

import { disableAccount } from '../../src/auth/admin.js';
import { run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { databaseKind } from '../support/database.js';
import { enrol, type FactorResult, firstStep, runFactor } from '../support/factors.js';
import { login, password, register } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startTwoNodes, countByName, inParallel } from '../support/twoNodes.js';

describe.runIf(databaseKind === 'postgres')('races of second factors', async () => {
  if (databaseKind !== 'postgres') return;
  const clock = createTestClock();
  const nodes = await startTwoNodes({ clock, env: { SESSION_LIMIT: '0' } });
  const { database, urlOf, countOf, actsOf, liveOf, reasonOf } = nodes;
  const url = urlOf(0);
  const rounds = 4;
  const many = 8;

  async function person() {
    const { token, user } = await register(url);
    return { ...user, token, app: await enrol(url, token, clock) };
  }
  const start = async (index: number, token: string) => {
    const { challenge, secret } = await runFactor(urlOf(index), 'startTotpEnrolment', null, token);
    const app = new TOTP({ secret: Secret.fromBase32(secret ?? '') });
    return {
      challengeToken: challenge?.token ?? '',
      code: app.generate({ timestamp: clock.now().getTime() }),
    };
  };
  const confirm = (index: number, token: string, input: { challengeToken: string; code: string }) =>
    runFactor(urlOf(index), 'confirmTotpEnrolment', input, token);
  const complete = (index: number, challengeToken: string, more: object) =>
    runFactor(urlOf(index), 'completeLogin', { challengeToken, ...more });
  const namesOf = (results: readonly FactorResult[]) =>
    countByName(results.map(({ __typename }) => __typename));
  const factorOf = async (userId: string) =>
    String(
      (await rowsOf(database, `select id from hufu.totp_factors where user_id = '${userId}'`))[0]?.['id'],
    );

  /** Checks that the rows are consistent, and that the stored recovery codes are those that were shown. */
  async function expectConsistent(userId: string, shown: readonly string[] | null): Promise<void> {
    const factors = await countOf(`totp_factors where user_id = '${userId}'`);
    expect(factors).toBe(shown === null ? 0 : 1);
    expect(await countOf(`users where id = '${userId}' and has_totp`)).toBe(factors);
    const rows = await rowsOf(database, `select hash from hufu.recovery_codes where user_id = '${userId}'`);
    const hashes = (shown ?? []).map((code) =>
      createHash('sha256').update(code.replaceAll('-', '')).digest('base64url'),
    );
    expect(rows.map(({ hash }) => hash).toSorted()).toEqual(hashes.toSorted());
  }

  it('FACTOR-12 parallel confirmations of one enrolment MUST succeed once', async () => {
    const { token, user } = await register(url);
    const begun = await start(0, token);
    const results = await inParallel(many, (index) => confirm(index, token, begun));
    expect(namesOf(results)).toEqual({ ConfirmTotpEnrolmentSuccess: 1, ChallengeRejected: many - 1 });
    expect(await actsOf(user.id, 'ADD_TOTP')).toBe(1);
    await expectConsistent(
      user.id,
      results.flatMap(({ recoveryCodes }) => recoveryCodes ?? []),
    );
    // The code is used up: no login accepts it.
    const challenge = await firstStep(url, user.email);
    expect((await complete(1, challenge, { totp: begun.code })).__typename).toBe('CodeRejected');
  });

  it('FACTOR-13 parallel starts of an enrolment MUST leave one challenge, and add one app', async () => {
    const { token, user } = await register(url);
    const { token: other } = await login(urlOf(1), user.email);
    const begun = await inParallel(many, (index) => start(index, index % 4 < 2 ? token : other));
    expect(await countOf(`challenges where user_id = '${user.id}'`)).toBe(1);
    const results = await Promise.all(begun.map((one, index) => confirm(index, token, one)));
    expect(namesOf(results)).toEqual({ ConfirmTotpEnrolmentSuccess: 1, ChallengeRejected: many - 1 });
    await expectConsistent(
      user.id,
      results.flatMap(({ recoveryCodes }) => recoveryCodes ?? []),
    );
  });

  it('FACTOR-14 replacing an app while it is removed MUST leave the new app or none', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id, token } = await person();
      const old = await factorOf(id);
      const begun = await start(0, token);
      const [added, removed] = await Promise.all([
        confirm(round, token, begun),
        runFactor(urlOf(round + 1), 'removeFactor', { id: old }, token),
      ]);
      if (added.__typename === 'ConfirmTotpEnrolmentSuccess') {
        expect(removed.__typename).toBe('FactorNotFound');
        await expectConsistent(id, added.recoveryCodes ?? []);
      } else {
        expect([added.__typename, removed.__typename]).toEqual(['ChallengeRejected', 'RemoveFactorSuccess']);
        await expectConsistent(id, null);
      }
    }
  });

  it('FACTOR-15 parallel removals of one app MUST succeed once', async () => {
    const { id, token } = await person();
    const factor = await factorOf(id);
    const results = await inParallel(many, (index) =>
      runFactor(urlOf(index), 'removeFactor', { id: factor }, token),
    );
    expect(namesOf(results)).toEqual({ RemoveFactorSuccess: 1, FactorNotFound: many - 1 });
    expect(await actsOf(id, 'REMOVE_FACTOR')).toBe(1);
    await expectConsistent(id, null);
  });

  it('FACTOR-16 parallel renewals of recovery codes MUST leave one set that works', async () => {
    const { id, token } = await person();
    const results = await inParallel(many, (index) =>
      runFactor(urlOf(index), 'renewRecoveryCodes', null, token),
    );
    expect(namesOf(results)).toEqual({ RenewRecoveryCodesSuccess: many });
    const [row] = await rowsOf(database, `select hash from hufu.recovery_codes where user_id = '${id}'`);
    const isKept = (code: string) =>
      createHash('sha256').update(code.replaceAll('-', '')).digest('base64url') === row?.['hash'];
    const kept = results.filter(({ recoveryCodes }) => recoveryCodes?.some(isKept));
    expect(kept).toHaveLength(1);
    await expectConsistent(id, kept[0]?.recoveryCodes ?? []);
  });

  it('FACTOR-17 a recovery code that is used during a renewal MUST sign in before the renewal, or never', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id, email, token, app } = await person();
      const [recoveryCode] = app.recoveryCodes;
      const challenge = await firstStep(url, email);
      const [used, renewed] = await Promise.all([
        complete(round, challenge, { recoveryCode }),
        runFactor(urlOf(round + 1), 'renewRecoveryCodes', null, token),
      ]);
      expect(['LoginSuccess', 'ChallengeRejected']).toContain(used.__typename);
      expect(await actsOf(id, 'USE_RECOVERY_CODE')).toBe(used.__typename === 'LoginSuccess' ? 1 : 0);
      await expectConsistent(id, renewed.recoveryCodes ?? []);
      const late = await firstStep(url, email);
      expect((await complete(0, late, { recoveryCode })).__typename).toBe('CodeRejected');
    }
  });

  it('FACTOR-18 parallel right and wrong codes for one challenge MUST open at most one session, and each wrong code is counted', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id, email, app } = await person();
      const challenge = await firstStep(url, email);
      const [totp, wrong] = [app.next(), app.wrong()];
      const before = await liveOf(id);
      const results = await inParallel(many, (index) =>
        complete(index, challenge, { totp: Math.floor(index / 2) % 2 === 0 ? totp : wrong }),
      );
      const opened = new Set(results.flatMap(({ session }) => session?.id ?? []));
      expect(opened.size).toBeLessThanOrEqual(1);
      expect(await liveOf(id)).toBe(before + opened.size);
      const { CodeRejected: counted = 0 } = namesOf(results);
      expect(counted).toBeLessThanOrEqual(5);
      expect(await actsOf(id, 'LOGIN', 'WRONG_CODE')).toBe(counted);
    }
  });

  it('FACTOR-19 two challenges with one idempotency key MUST open one session, although both are completed', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id, email, app } = await person();
      const idempotencyKey = randomUUID();
      const challenges = await inParallel(2, (index) => firstStep(urlOf(index), email, { idempotencyKey }));
      const before = await liveOf(id);
      const answers = [{ totp: app.next() }, { recoveryCode: app.recoveryCodes[0] }];
      const results = await inParallel(2, (index) =>
        complete(index, challenges[index] ?? '', answers[index] ?? {}),
      );
      expect(namesOf(results)).toEqual({ LoginSuccess: 2 });
      expect(new Set(results.map(({ session }) => session?.id)).size).toBe(1);
      expect(await liveOf(id)).toBe(before + 1);
    }
  });

  it('FACTOR-20 a second step that races with a deletion, disabling or password change MUST NOT leave a live session', async () => {
    const operator = await nodes.operator();
    const acts = {
      deleteAccount: (token: string) => run(urlOf(1), 'deleteAccount', null, token),
      disableAccount: (_token: string, email: string) => disableAccount(operator, email),
      changePassword: (token: string) =>
        run(
          urlOf(1),
          'changePassword',
          { currentPassword: password, newPassword: 'a lantern over the quiet river' },
          token,
        ),
    };
    for (const act of Object.values(acts)) {
      for (let round = 0; round < rounds; round += 1) {
        const { email, token, app } = await person();
        const challenge = await firstStep(url, email);
        const totp = app.next();
        const [completed] = await Promise.all([complete(0, challenge, { totp }), act(token, email)]);
        expect(['LoginSuccess', 'ChallengeRejected', 'AccountDisabled']).toContain(completed.__typename);
        if (completed.token !== undefined) expect(await reasonOf(completed.token)).not.toBe('live');
        expect((await complete(1, challenge, { totp })).__typename).toBe('ChallengeRejected');
      }
    }
  });
});

describe.runIf(databaseKind === 'postgres')('FACTOR-21 wrong second-factor codes', async () => {
  if (databaseKind !== 'postgres') return;
  const clock = createTestClock();
  const env = {
    RATE_LIMITS: 'on',
    SESSION_LIMIT: '0',
    RATE_LIMIT_GUESSES_PER_MINUTE: '4',
    RATE_LIMIT_IP_REGISTRATIONS_PER_HOUR: '100',
  };
  const { urlOf, actsOf } = await startTwoNodes({ clock, env });

  it('MUST be limited for the account, over all its challenges', async () => {
    const { token, user } = await register(urlOf(0));
    const app = await enrol(urlOf(0), token, clock);
    const challenges: string[] = [];
    for (let count = 0; count < 4; count += 1) challenges.push(await firstStep(urlOf(count), user.email));
    const results = await inParallel(8, (index) =>
      runFactor(urlOf(index), 'completeLogin', { challengeToken: challenges[index % 4], totp: app.wrong() }),
    );
    const counts = countByName(results.map(({ __typename }) => __typename));
    expect(counts).toEqual({ CodeRejected: 4, TooManyAttempts: 4 });
    expect(await actsOf(user.id, 'LOGIN', 'WRONG_CODE')).toBe(4);
  });
});
