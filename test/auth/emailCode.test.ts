// Login by a mailed code: a first factor, on the device that asked for it, where the operator allows it.

import { describe, expect, it } from 'vitest';

import { codeIn, registerVerified, run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { databaseKind } from '../support/database.js';
import { enrol, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { loginOperation, password, phone, randomEmail, register, reasonOf } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const clock = createTestClock();
const { url, database } = await startNode({
  clock,
  env: { SMTP_URL: smtp.url, EMAIL_CODE_LOGIN: 'true', SESSION_LIMIT: '0' },
});

interface Result {
  readonly __typename: string;
  readonly token?: string;
  readonly triesLeft?: number;
  readonly session?: { readonly id: string; readonly methods: readonly string[] };
  readonly user?: { readonly emailVerified: boolean; readonly hasPassword: boolean };
  readonly challenge?: { readonly token: string };
}

/** Requests a code, and returns the token of the challenge. */
async function request(email: string, node = url): Promise<string> {
  const query = `mutation ($input: RequestLoginCodeInput!) {
    requestLoginCode(input: $input) { ... on LoginCodeRequested { challenge { token } } }
  }`;
  const { data, errors } = await gql<{ requestLoginCode: Result }>(node, {
    query,
    variables: { input: { email, device: phone } },
  });
  const token = data?.requestLoginCode.challenge?.token;
  if (token === undefined) throw new Error(String(errors[0]?.extensions.code));
  return token;
}

async function loginWith(challengeToken: string, code: string, node = url): Promise<Result> {
  const query = `mutation ($input: LoginWithCodeInput!) {
    loginWithCode(input: $input) {
      __typename
      ... on LoginSuccess { token session { id methods } user { emailVerified hasPassword } }
      ... on SecondFactorRequired { challenge { token } }
      ... on CodeRejected { triesLeft }
    }
  }`;
  const { data, errors } = await gql<{ loginWithCode: Result }>(node, {
    query,
    variables: { input: { challengeToken, code } },
  });
  if (data === null) throw new Error(String(errors[0]?.extensions.code));
  return data.loginWithCode;
}

const codeFor = async (email: string) => codeIn(await smtp.next(email, /sign-in code/));

describe('EMAIL-CODE-01 a mailed code', () => {
  it('MUST sign in once, on the device that asked, and return the same session when the request is retried', async () => {
    const { user, token } = await registerVerified(url, smtp);
    const challenge = await request(` ${user.email.toUpperCase()}`);
    const code = await codeFor(user.email);
    const first = await loginWith(challenge, code);
    expect(first).toMatchObject({ __typename: 'LoginSuccess', session: { methods: ['EMAIL_CODE'] } });
    expect(first.user).toEqual({ emailVerified: true, hasPassword: true });
    expect((await loginWith(challenge, code)).session?.id).toBe(first.session?.id);
    clock.turn(61_000);
    expect(await loginWith(challenge, code)).toMatchObject({ __typename: 'ChallengeRejected' });
    expect(await reasonOf(url, token)).toBe('live');
  });

  it('MUST be rejected with another challenge, after five wrong codes, after a password change and after 10 minutes', async () => {
    const { user } = await registerVerified(url, smtp);
    const mine = await request(user.email);
    const code = await codeFor(user.email);
    const strangers = await request(user.email);
    expect(await loginWith(strangers, code)).toMatchObject({ __typename: 'CodeRejected', triesLeft: 4 });
    for (const malformed of ['', '123', `${code}1`])
      expect(await loginWith(strangers, malformed)).toMatchObject({ triesLeft: 4 });
    const strangersCode = await codeFor(user.email);
    for (let left = 3; left >= 0; left -= 1)
      expect(await loginWith(strangers, code)).toMatchObject({ triesLeft: left });
    expect(await loginWith(strangers, strangersCode)).toMatchObject({ __typename: 'ChallengeRejected' });

    const { token = '' } = await loginWith(mine, code);
    const before = await request(user.email);
    const beforeCode = await codeFor(user.email);
    const change = { currentPassword: password, newPassword: 'another horse battery staple' };
    await run(url, 'changePassword', change, token);
    expect(await loginWith(before, beforeCode)).toMatchObject({ __typename: 'ChallengeRejected' });
    const late = await request(user.email);
    const lateCode = await codeFor(user.email);
    clock.turn(600_000);
    expect(await loginWith(late, lateCode)).toMatchObject({ __typename: 'ChallengeRejected' });
  });

  it('MUST be requested and rejected for an e-mail without an account as for one with an account, and not be mailed', async () => {
    const free = randomEmail();
    const challenge = await request(free);
    for (let left = 4; left >= 0; left -= 1)
      expect(await loginWith(challenge, '1234 5678')).toEqual({
        __typename: 'CodeRejected',
        triesLeft: left,
      });
    expect(await loginWith(challenge, '1234 5678')).toEqual({ __typename: 'ChallengeRejected' });
    const { user } = await registerVerified(url, smtp);
    await request(user.email);
    await codeFor(user.email);
    expect(await smtp.all(free, 0)).toEqual([]);
  });

  it('MUST NOT replace the second factor', async () => {
    const { user, token } = await registerVerified(url, smtp);
    const app = await enrol(url, token, clock);
    const challenge = await request(user.email);
    const half = await loginWith(challenge, await codeFor(user.email));
    expect(half).toMatchObject({ __typename: 'SecondFactorRequired' });
    const input = { challengeToken: half.challenge?.token, totp: app.next() };
    expect(await runFactor(url, 'completeLogin', input)).toMatchObject({
      __typename: 'LoginSuccess',
      session: { methods: ['EMAIL_CODE', 'TOTP'] },
    });
  });

  it('MUST NOT be mailed or accepted where the operator does not allow it', async () => {
    const { url: off } = await startNode({ env: { SMTP_URL: smtp.url } });
    await expect(request(randomEmail(), off)).rejects.toThrow('NOT_ENABLED');
    const { user } = await registerVerified(url, smtp);
    const challengeToken = await request(user.email);
    const code = await codeFor(user.email);
    const sameDatabase = await startNode({ database, clock, env: { SMTP_URL: smtp.url } });
    await expect(loginWith(challengeToken, code, sameDatabase.url)).rejects.toThrow('NOT_ENABLED');
  });
});

describe.runIf(databaseKind === 'postgres')(
  'EMAIL-CODE-02 the first code for an account whose e-mail was never verified',
  () => {
    it('MUST void the password, sessions, factors and links that a stranger may have added', async () => {
      const { user, token } = await register(url);
      await enrol(url, token, clock);
      await rowsOf(database, `update hufu.users set identities = 1 where id = '${user.id}'`);
      const newEmail = randomEmail();
      await run(url, 'requestEmailChange', { newEmail }, token);
      const strangersLink = (await smtp.next(newEmail)).text;

      const challenge = await request(user.email);
      const signedIn = await loginWith(challenge, await codeFor(user.email));
      expect(signedIn).toMatchObject({
        __typename: 'LoginSuccess',
        user: { emailVerified: true, hasPassword: false },
      });
      expect(await reasonOf(url, token)).toBe('PASSWORD_CHANGED');
      const input = { email: user.email, password };
      const { data } = await gql(url, { query: loginOperation, variables: { input } });
      expect(data?.login.__typename).toBe('InvalidCredentials');
      const [, link = ''] = /token=([\w.-]+)/.exec(strangersLink) ?? [];
      expect(await run(url, 'confirmEmailChange', { token: link })).toMatchObject({ reason: 'EXPIRED' });
      const [row] = await rowsOf(
        database,
        `select identities, has_totp, signs_in_by_email from hufu.users where id = '${user.id}'`,
      );
      expect(row).toEqual({ identities: 0, has_totp: false, signs_in_by_email: true });

      // The owner sets a password, which the next login by code keeps.
      const newPassword = 'another horse battery staple';
      expect((await run(url, 'setPassword', { newPassword }, signedIn.token)).__typename).toBe(
        'SetPasswordSuccess',
      );
      const again = await request(user.email);
      expect((await loginWith(again, await codeFor(user.email))).user?.hasPassword).toBe(true);
    });
  },
);
