// What must hold of second factors however requests interleave, over two nodes on one server: a code counts once, and no
// session is open without every factor.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { type App, enrol, type FactorResult, firstStep, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { meOperation, password, register } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { type RunningNode, startNode } from '../support/startNode.js';

const newPassword = 'a lantern over the quiet river';
const rounds = 4;

describe.runIf(databaseKind === 'postgres')('FACTOR-10 races', () => {
  const clock = createTestClock();
  let nodes: readonly [RunningNode, RunningNode];
  const urlOf = (index: number) => nodes[index % 2 === 0 ? 0 : 1].url;
  const url = () => urlOf(0);

  beforeAll(async () => {
    const database = await readyDatabase();
    nodes = [await startNode({ database, clock }), await startNode({ database, clock })];
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  });

  const times = <T>(count: number, work: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, index) => work(index)));
  const complete = (index: number, challengeToken: string, more: object) =>
    runFactor(urlOf(index), 'completeLogin', { challengeToken, ...more });
  const kinds = (results: readonly FactorResult[], kind: string) =>
    results.filter(({ __typename }) => __typename === kind);
  const isLive = async (token: string | undefined) =>
    (await gql(url(), { query: meOperation, token: token ?? '' })).errors.length === 0;

  async function person(): Promise<{ email: string; id: string; token: string; app: App }> {
    const { token, user } = await register(url());
    return { ...user, token, app: await enrol(url(), token, clock) };
  }

  async function liveSessions(userId: string): Promise<number> {
    const [row] = await rowsOf(
      nodes[0].database,
      `select count(*)::int as live from hufu.sessions where user_id = '${userId}' and ended_at is null`,
    );
    return Number(row?.['live']);
  }

  it('MUST let one of 20 uses of a time step win, each with a challenge of its own', async () => {
    const { id, email, app } = await person();
    // The passwords are proved one after another: only the codes race.
    const challenges: string[] = [];
    for (let count = 0; count < 20; count += 1) challenges.push(await firstStep(urlOf(count), email));
    const totp = app.next();
    const results = await times(20, (index) => complete(index, challenges[index] ?? '', { totp }));
    expect(kinds(results, 'LoginSuccess')).toHaveLength(1);
    expect(kinds(results, 'CodeRejected')).toHaveLength(19);
    expect(await liveSessions(id)).toBe(1);
  });

  it('MUST open one session for 20 uses of one challenge', async () => {
    const { id, email, app } = await person();
    const challenge = await firstStep(url(), email);
    const totp = app.next();
    const results = await times(20, (index) => complete(index, challenge, { totp }));
    // The client sends again what was not answered: each answer is the same session.
    expect(new Set(results.map(({ session }) => session?.id)).size).toBe(1);
    expect(kinds(results, 'LoginSuccess')).toHaveLength(20);
    expect(await liveSessions(id)).toBe(1);
  });

  it('MUST count every one of 20 wrong codes at once against five', async () => {
    const { email, app } = await person();
    const challenge = await firstStep(url(), email);
    const right = app.next();
    const totp = app.wrong();
    const results = await times(20, (index) => complete(index, challenge, { totp }));
    expect(kinds(results, 'CodeRejected')).toHaveLength(5);
    expect(kinds(results, 'ChallengeRejected')).toHaveLength(15);
    expect((await complete(0, challenge, { totp: right })).__typename).toBe('ChallengeRejected');
  });

  it('MUST let one of two uses of a recovery code win', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { email, app } = await person();
      const challenges = [await firstStep(urlOf(0), email), await firstStep(urlOf(1), email)];
      const recoveryCode = app.recoveryCodes[0];
      const results = await times(2, (index) => complete(index, challenges[index] ?? '', { recoveryCode }));
      expect(kinds(results, 'LoginSuccess')).toHaveLength(1);
      expect(kinds(results, 'CodeRejected')).toHaveLength(1);
    }
  });

  it('MUST leave no session of before a change of the password', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { email, token, app } = await person();
      const challenge = await firstStep(url(), email);
      const totp = app.next();
      const [completed, changed] = await Promise.all([
        complete(0, challenge, { totp }),
        run(urlOf(1), 'changePassword', { currentPassword: password, newPassword }, token).catch(() => null),
      ]);
      // Either the change came first and the challenge is void, or the session was opened, and one of two ends it: the change,
      // or, for its own token, the newer login the change.
      if (changed?.__typename === 'ChangePasswordSuccess') {
        expect(await isLive(completed.token)).toBe(false);
        expect(await isLive(changed.token)).toBe(true);
      } else {
        expect(completed.__typename).toBe('LoginSuccess');
        expect(await isLive(completed.token)).toBe(true);
      }
    }
  });

  it('MUST use a factor that is being removed, or need it no longer, and nothing in between', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id, email, token, app } = await person();
      const { data } = await gql<{ me: { factors: { id: string }[] } }>(url(), {
        query: '{ me { factors { id } } }',
        token,
      });
      const challenge = await firstStep(url(), email);
      const totp = app.next();
      const [completed, removed] = await Promise.all([
        complete(0, challenge, { totp }),
        runFactor(urlOf(1), 'removeFactor', { id: data?.me.factors[0]?.id }, token).catch(() => null),
      ]);
      const isRemoved = removed?.__typename === 'RemoveFactorSuccess';
      expect(['LoginSuccess', 'ChallengeRejected']).toContain(completed.__typename);
      // A session that the newer login has ended removes nothing.
      if (completed.__typename === 'ChallengeRejected') expect(isRemoved).toBe(true);
      const next = await runFactor(url(), 'login', { email, password });
      expect(next.__typename).toBe(isRemoved ? 'LoginSuccess' : 'SecondFactorRequired');
      expect(await liveSessions(id)).toBe(1);
    }
  });

  it('MUST leave one session of two sign-ins that are completed at once, each superseding or superseded', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id, email, app } = await person();
      const challenges = [await firstStep(urlOf(0), email), await firstStep(urlOf(1), email)];
      const answers = [{ totp: app.next() }, { recoveryCode: app.recoveryCodes[round] }];
      const results = await times(2, (index) =>
        complete(index, challenges[index] ?? '', answers[index] ?? {}),
      );
      expect(kinds(results, 'LoginSuccess')).toHaveLength(2);
      const live = await Promise.all(results.map(({ token }) => isLive(token)));
      expect(live.filter(Boolean)).toHaveLength(1);
      expect(await liveSessions(id)).toBe(1);
    }
  });
});
