// What must hold of proofs however requests interleave, over two nodes on one server: a session does no more than it has proved
// when the act is done, and a proof counts once.

import { randomUUID } from 'node:crypto';

import { Secret, TOTP } from 'otpauth';
import postgres from 'postgres';
import { describe, expect, it } from 'vitest';

import { createTestClock } from '../support/clock.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { enrol, firstStep, type FactorResult, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import {
  login,
  logoutOperation,
  meOperation,
  password,
  randomEmail,
  register,
} from '../support/operations.js';
import { passkeySettings } from '../support/passkeys.js';
import { providerEnv, redirectUri } from '../support/providers.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

describe.runIf(databaseKind === 'postgres')('step-up races', async () => {
  if (databaseKind !== 'postgres') return;
  const clock = createTestClock();
  const database = await readyDatabase();
  const smtp = await startSmtp();
  const env = {
    ...passkeySettings,
    ...providerEnv('acme', 'http://127.0.0.1:9'),
    SESSION_LIMIT: '0',
    SMTP_URL: smtp.url,
    PROVIDERS: 'acme',
    PROVIDER_REDIRECT_URIS: redirectUri,
  };
  const parts = { database, clock, env };
  const { url } = await startNode(parts);
  const { url: otherUrl } = await startNode(parts);
  const urlOf = (index: number) => (index % 2 === 0 ? url : otherUrl);

  const times = <T>(count: number, work: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, index) => work(index)));
  const reasonOf = async (token: string | undefined) =>
    (await gql(url, { query: meOperation, token: token ?? '' })).errors[0]?.extensions.reason ?? 'live';
  const countOf = async (from: string) =>
    Number((await rowsOf(database, `select count(*)::int as count from hufu.${from}`))[0]?.['count']);
  const liveOf = (userId: string) => countOf(`sessions where user_id = '${userId}' and ended_at is null`);
  const confirmedOf = (userId: string) =>
    countOf(
      `security_events where user_id = '${userId}' and kind = 'CONFIRM_IDENTITY' and outcome = 'SUCCEEDED'`,
    );
  /** The name of the result, or the reason why the token is refused. */
  const confirm = async (
    index: number,
    token: string,
    input: object,
  ): Promise<FactorResult & { readonly refused?: string | undefined }> => {
    const { data, errors } = await gql<{ confirmIdentity: FactorResult }>(urlOf(index), {
      query: `mutation ($input: ConfirmIdentityInput!) {
        confirmIdentity(input: $input) { __typename ... on ConfirmIdentitySuccess { token session { id methods } } }
      }`,
      variables: { input: { password, ...input } },
      token,
    });
    return data?.confirmIdentity ?? { __typename: '', refused: errors[0]?.extensions.reason };
  };

  describe('STEPUP-06 an act of a session that has waited while the user added a second factor', () => {
    it.each([
      // It would have shown the thief who knows the password what stands for the app.
      ['renewRecoveryCodes', ''],
      // Completed with a live session alone.
      ['startTotpEnrolment', ''],
      ['startPasskeyRegistration', ''],
      ['startIdentityLink', `(input: { provider: "acme", redirectUri: "${redirectUri}" })`],
      ['unlinkIdentity', `(input: { id: "${randomUUID()}" })`],
      ['removeFactor', `(input: { id: "${randomUUID()}" })`],
      ['requestEmailChange', `(input: { newEmail: "${randomEmail()}" })`],
      ['setPassword', '(input: { newPassword: "a lantern over the quiet river" })'],
      ['deleteAccount', ''],
    ])('MUST need that factor: %s', async (operation, input) => {
      const { user, token } = await register(url);
      const { token: ofThief } = await login(otherUrl, user.email);
      const started = await runFactor(url, 'startTotpEnrolment', null, token);
      const app = new TOTP({ secret: Secret.fromBase32(started.secret ?? '') });
      const code = app.generate({ timestamp: clock.now().getTime() });
      if (operation === 'setPassword')
        await rowsOf(
          database,
          `update hufu.users set password_hash = null, identities = 1 where id = '${user.id}'`,
        );

      const holder = postgres(database.env['DATABASE_URL'] ?? '', { max: 1, onnotice: () => undefined });
      await holder.unsafe('begin');
      await holder`select 1 from hufu.users where id = ${user.id} for no key update`;
      const waiting = `select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      const confirmed = runFactor(
        url,
        'confirmTotpEnrolment',
        { challengeToken: started.challenge?.token, code },
        token,
      );
      await expect.poll(() => rowsOf(database, waiting)).toHaveLength(1);
      const act = gql(otherUrl, {
        query: `mutation { ${operation}${input} { __typename } }`,
        token: ofThief,
      });
      await expect.poll(() => rowsOf(database, waiting)).toHaveLength(2);
      await holder.unsafe('commit');
      await holder.end();

      expect((await confirmed).__typename).toBe('ConfirmTotpEnrolmentSuccess');
      expect((await act).errors).toMatchObject([
        { extensions: { code: 'STEP_UP_REQUIRED', maxAgeSeconds: 600 } },
      ]);
      expect((await act).errors[0]?.extensions['factors']).toContain('TOTP');
      // The owner sees that it was tried.
      const tried = `security_events where user_id = '${user.id}' and outcome = 'STEP_UP_REQUIRED'`;
      await expect.poll(() => countOf(tried)).toBe(1);
    });
  });

  describe('STEPUP-07 a confirmation', () => {
    it('MUST be given once for one token with both factors, of 20 at once', async () => {
      const { user, token } = await register(url);
      const totp = (await enrol(url, token, clock)).next();
      const results = await times(20, (index) => confirm(index, token, { totp }));
      expect(results.filter(({ __typename }) => __typename === 'ConfirmIdentitySuccess')).toHaveLength(1);
      expect(results.filter(({ refused }) => refused === 'SUPERSEDED')).toHaveLength(19);
      expect([await liveOf(user.id), await confirmedOf(user.id)]).toEqual([1, 1]);
    });

    it(
      'MUST take one code of the app once, of 20 sessions that give it at once',
      { timeout: 30_000 },
      async () => {
        const { user, token } = await register(url);
        const app = await enrol(url, token, clock);
        const tokens: string[] = [];
        for (const recoveryCode of app.recoveryCodes) {
          const challengeToken = await firstStep(url, user.email);
          tokens.push((await runFactor(url, 'completeLogin', { challengeToken, recoveryCode })).token ?? '');
        }
        const totp = app.next();
        const results = await times(20, (index) => confirm(index, tokens[index % 10] ?? '', { totp }));
        const names = results.map(({ __typename, refused }) => refused ?? __typename);
        expect(names.filter((name) => name === 'ConfirmIdentitySuccess')).toHaveLength(1);
        expect(names.filter((name) => name === 'SUPERSEDED').length).toBeLessThanOrEqual(1);
        expect(names.filter((name) => name === 'InvalidCredentials').length).toBeGreaterThanOrEqual(18);
        expect([await liveOf(user.id), await confirmedOf(user.id)]).toEqual([11, 1]);
      },
    );

    it('MUST put a session in the place of a live one alone, beside a logout', async () => {
      for (let round = 0; round < 10; round += 1) {
        const { user, token } = await register(url);
        const [confirmed, out] = await Promise.all([
          confirm(round, token, {}),
          gql(urlOf(round + 1), { query: logoutOperation, token }),
        ]);
        expect(out.errors).toEqual([]);
        if (confirmed.refused === undefined) {
          // The logout came too late: the session that it was for had ended, and the fresh one is another.
          expect(confirmed.__typename).toBe('ConfirmIdentitySuccess');
          expect([await reasonOf(token), await reasonOf(confirmed.token)]).toEqual(['SUPERSEDED', 'live']);
        } else {
          expect(confirmed.refused).toBe('LOGGED_OUT');
          expect(await reasonOf(token)).toBe('LOGGED_OUT');
        }
        const isConfirmed = confirmed.refused === undefined ? 1 : 0;
        expect([await liveOf(user.id), await confirmedOf(user.id)]).toEqual([isConfirmed, isConfirmed]);
      }
    });
  });
});
