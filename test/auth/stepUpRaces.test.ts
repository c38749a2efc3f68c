// Races between acts that need a proof, on two nodes over one PostgreSQL server: an act needs the proof that the account requires
// when the act is done, and a proof works once.

import { randomUUID } from 'node:crypto';

import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';

import { createTestClock } from '../support/clock.js';
import { databaseKind } from '../support/database.js';
import { enrol, firstStep, type FactorResult, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { login, logoutOperation, password, randomEmail, register } from '../support/operations.js';
import { passkeySettings } from '../support/passkeys.js';
import { providerEnv, redirectUri } from '../support/providers.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startTwoNodes, inParallel } from '../support/twoNodes.js';

describe.runIf(databaseKind === 'postgres')('step-up races', async () => {
  if (databaseKind !== 'postgres') return;
  const clock = createTestClock();
  const smtp = await startSmtp();
  const env = {
    ...passkeySettings,
    ...providerEnv('acme', 'http://127.0.0.1:9'),
    SESSION_LIMIT: '0',
    SMTP_URL: smtp.url,
    PROVIDERS: 'acme',
    PROVIDER_REDIRECT_URIS: redirectUri,
  };
  const nodes = await startTwoNodes({ clock, env });
  const { database, urlOf, countOf, actsOf, liveOf, reasonOf } = nodes;
  const url = urlOf(0);

  /** Confirms the identity; `refused` is the reason where the token is refused. */
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

  describe('STEPUP-06 an act that has waited while the user added a second factor', () => {
    it.each([
      // It would show recovery codes to a thief who knows the password.
      ['renewRecoveryCodes', ''],
      // Their completions check only that the session is live.
      ['startTotpEnrolment', ''],
      ['startPasskeyRegistration', ''],
      ['startIdentityLink', `(input: { provider: "acme", redirectUri: "${redirectUri}" })`],
      ['unlinkIdentity', `(input: { id: "${randomUUID()}" })`],
      ['removeFactor', `(input: { id: "${randomUUID()}" })`],
      ['requestEmailChange', `(input: { newEmail: "${randomEmail()}" })`],
      ['setPassword', '(input: { newPassword: "a lantern over the quiet river" })'],
      ['deleteAccount', ''],
    ])('MUST need that factor: %s', async (operation, given) => {
      const { user, token } = await register(url);
      const { token: ofThief } = await login(urlOf(1), user.email);
      const started = await runFactor(url, 'startTotpEnrolment', null, token);
      const app = new TOTP({ secret: Secret.fromBase32(started.secret ?? '') });
      const code = app.generate({ timestamp: clock.now().getTime() });
      if (operation === 'setPassword')
        await rowsOf(
          database,
          `update hufu.users set password_hash = null, identities = 1 where id = '${user.id}'`,
        );

      const input = { challengeToken: started.challenge?.token, code };
      const [confirmed, act] = await nodes.inOrder(
        user.id,
        () => runFactor(url, 'confirmTotpEnrolment', input, token),
        () => gql(urlOf(1), { query: `mutation { ${operation}${given} { __typename } }`, token: ofThief }),
      );

      expect(confirmed.__typename).toBe('ConfirmTotpEnrolmentSuccess');
      expect(act.errors).toMatchObject([{ extensions: { code: 'STEP_UP_REQUIRED', maxAgeSeconds: 600 } }]);
      expect(act.errors[0]?.extensions['factors']).toContain('TOTP');
      // The refusal is in the audit trail.
      const tried = `security_events where user_id = '${user.id}' and outcome = 'STEP_UP_REQUIRED'`;
      await expect.poll(() => countOf(tried)).toBe(1);
    });
  });

  describe('STEPUP-07 confirmIdentity', () => {
    it('MUST succeed once for eight parallel requests with one token and both factors', async () => {
      const { user, token } = await register(url);
      const totp = (await enrol(url, token, clock)).next();
      const results = await inParallel(8, (index) => confirm(index, token, { totp }));
      expect(results.filter(({ __typename }) => __typename === 'ConfirmIdentitySuccess')).toHaveLength(1);
      expect(results.filter(({ refused }) => refused === 'SUPERSEDED')).toHaveLength(7);
      expect([await liveOf(user.id), await actsOf(user.id, 'CONFIRM_IDENTITY')]).toEqual([1, 1]);
    });

    it(
      'MUST accept one code once, for parallel requests of several sessions',
      { timeout: 30_000 },
      async () => {
        const { user, token } = await register(url);
        const app = await enrol(url, token, clock);
        const tokens: string[] = [];
        for (const recoveryCode of app.recoveryCodes.slice(0, 4)) {
          const challengeToken = await firstStep(url, user.email);
          tokens.push((await runFactor(url, 'completeLogin', { challengeToken, recoveryCode })).token ?? '');
        }
        const totp = app.next();
        const results = await inParallel(8, (index) => confirm(index, tokens[index % 4] ?? '', { totp }));
        const names = results.map(({ __typename, refused }) => refused ?? __typename);
        expect(names.filter((name) => name === 'ConfirmIdentitySuccess')).toHaveLength(1);
        expect(names.filter((name) => name === 'SUPERSEDED').length).toBeLessThanOrEqual(1);
        expect(names.filter((name) => name === 'InvalidCredentials').length).toBeGreaterThanOrEqual(6);
        expect([await liveOf(user.id), await actsOf(user.id, 'CONFIRM_IDENTITY')]).toEqual([5, 1]);
      },
    );

    it('MUST NOT replace a session that a parallel logout has ended', async () => {
      for (let round = 0; round < 5; round += 1) {
        const { user, token } = await register(url);
        const [confirmed, out] = await Promise.all([
          confirm(round, token, {}),
          gql(urlOf(round + 1), { query: logoutOperation, token }),
        ]);
        expect(out.errors).toEqual([]);
        if (confirmed.refused === undefined) {
          // The logout came second: its session was already superseded, and the new one is live.
          expect(confirmed.__typename).toBe('ConfirmIdentitySuccess');
          expect([await reasonOf(token), await reasonOf(confirmed.token)]).toEqual(['SUPERSEDED', 'live']);
        } else {
          expect(confirmed.refused).toBe('LOGGED_OUT');
          expect(await reasonOf(token)).toBe('LOGGED_OUT');
        }
        const isConfirmed = confirmed.refused === undefined ? 1 : 0;
        expect([await liveOf(user.id), await actsOf(user.id, 'CONFIRM_IDENTITY')]).toEqual([
          isConfirmed,
          isConfirmed,
        ]);
      }
    });
  });
});
