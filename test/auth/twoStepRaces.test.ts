// Races between second steps, on two nodes over one PostgreSQL server: a code works once, and no session opens without all
// factors.

import { describe, expect, it } from 'vitest';

import { run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { databaseKind } from '../support/database.js';
import { type App, enrol, type FactorResult, firstStep, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { password, register } from '../support/operations.js';
import { startTwoNodes, inParallel } from '../support/twoNodes.js';

const newPassword = 'a lantern over the quiet river';
const rounds = 4;

describe.runIf(databaseKind === 'postgres')('FACTOR-10 parallel second steps', async () => {
  if (databaseKind !== 'postgres') return;
  const clock = createTestClock();
  const { urlOf, liveOf, reasonOf } = await startTwoNodes({ clock, env: {} });
  const url = urlOf(0);

  const complete = (index: number, challengeToken: string, more: object) =>
    runFactor(urlOf(index), 'completeLogin', { challengeToken, ...more });
  const kinds = (results: readonly FactorResult[], kind: string) =>
    results.filter(({ __typename }) => __typename === kind);
  const isLive = async (token: string | undefined) => (await reasonOf(token)) === 'live';

  async function person(): Promise<{ email: string; id: string; token: string; app: App }> {
    const { token, user } = await register(url);
    return { ...user, token, app: await enrol(url, token, clock) };
  }

  it('MUST accept one TOTP code once, for 20 challenges', async () => {
    const { id, email, app } = await person();
    // The passwords are checked one after another, so that only the codes race.
    const challenges: string[] = [];
    for (let count = 0; count < 20; count += 1) challenges.push(await firstStep(urlOf(count), email));
    const totp = app.next();
    const results = await inParallel(20, (index) => complete(index, challenges[index] ?? '', { totp }));
    expect(kinds(results, 'LoginSuccess')).toHaveLength(1);
    expect(kinds(results, 'CodeRejected')).toHaveLength(19);
    expect(await liveOf(id)).toBe(1);
  });

  it('MUST open one session with one challenge and code', async () => {
    const { id, email, app } = await person();
    const challenge = await firstStep(url, email);
    const totp = app.next();
    const results = await inParallel(20, (index) => complete(index, challenge, { totp }));
    // A retry returns the same session.
    expect(new Set(results.map(({ session }) => session?.id)).size).toBe(1);
    expect(kinds(results, 'LoginSuccess')).toHaveLength(20);
    expect(await liveOf(id)).toBe(1);
  });

  it('MUST count each wrong code, and end the challenge at the fifth', async () => {
    const { email, app } = await person();
    const challenge = await firstStep(url, email);
    const right = app.next();
    const totp = app.wrong();
    const results = await inParallel(20, (index) => complete(index, challenge, { totp }));
    expect(kinds(results, 'CodeRejected')).toHaveLength(5);
    expect(kinds(results, 'ChallengeRejected')).toHaveLength(15);
    expect((await complete(0, challenge, { totp: right })).__typename).toBe('ChallengeRejected');
  });

  it('MUST accept one recovery code once, for two challenges', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { email, app } = await person();
      const challenges = [await firstStep(urlOf(0), email), await firstStep(urlOf(1), email)];
      const recoveryCode = app.recoveryCodes[0];
      const results = await inParallel(2, (index) =>
        complete(index, challenges[index] ?? '', { recoveryCode }),
      );
      expect(kinds(results, 'LoginSuccess')).toHaveLength(1);
      expect(kinds(results, 'CodeRejected')).toHaveLength(1);
    }
  });

  it('MUST NOT leave a live session from before a parallel password change', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { email, token, app } = await person();
      const challenge = await firstStep(url, email);
      const totp = app.next();
      const [completed, changed] = await Promise.all([
        complete(0, challenge, { totp }),
        run(urlOf(1), 'changePassword', { currentPassword: password, newPassword }, token).catch(() => null),
      ]);
      // Where the change succeeds it voids the challenge or ends the new session. Otherwise the new login superseded the session of
      // the change.
      if (changed?.__typename === 'ChangePasswordSuccess') {
        expect(await isLive(completed.token)).toBe(false);
        expect(await isLive(changed.token)).toBe(true);
      } else {
        expect(completed.__typename).toBe('LoginSuccess');
        expect(await isLive(completed.token)).toBe(true);
      }
    }
  });

  it('MUST use a factor before its parallel removal, or be refused after it', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id, email, token, app } = await person();
      const { data } = await gql<{ me: { factors: { id: string }[] } }>(url, {
        query: '{ me { factors { id } } }',
        token,
      });
      const challenge = await firstStep(url, email);
      const totp = app.next();
      const [completed, removed] = await Promise.all([
        complete(0, challenge, { totp }),
        runFactor(urlOf(1), 'removeFactor', { id: data?.me.factors[0]?.id }, token).catch(() => null),
      ]);
      const isRemoved = removed?.__typename === 'RemoveFactorSuccess';
      expect(['LoginSuccess', 'ChallengeRejected']).toContain(completed.__typename);
      // The removal fails where the new login has superseded its session.
      if (completed.__typename === 'ChallengeRejected') expect(isRemoved).toBe(true);
      const next = await runFactor(url, 'login', { email, password });
      expect(next.__typename).toBe(isRemoved ? 'LoginSuccess' : 'SecondFactorRequired');
      expect(await liveOf(id)).toBe(1);
    }
  });

  it('MUST leave one live session of two that are completed at once', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id, email, app } = await person();
      const challenges = [await firstStep(urlOf(0), email), await firstStep(urlOf(1), email)];
      const answers = [{ totp: app.next() }, { recoveryCode: app.recoveryCodes[round] }];
      const results = await inParallel(2, (index) =>
        complete(index, challenges[index] ?? '', answers[index] ?? {}),
      );
      expect(kinds(results, 'LoginSuccess')).toHaveLength(2);
      const live = await Promise.all(results.map(({ token }) => isLive(token)));
      expect(live.filter(Boolean)).toHaveLength(1);
      expect(await liveOf(id)).toBe(1);
    }
  });
});
