// Races between requests that use mailed codes, on two nodes over one PostgreSQL server: a code opens one session, each wrong
// code is counted, and no code opens a session of an account that was changed meanwhile.

import { describe, expect, it } from 'vitest';

import { disableAccount } from '../../src/auth/admin.js';
import { ask, beginRegistration, codeIn, linkIn, registerVerified, run } from '../support/account.js';
import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { loginOperation, password, randomEmail, register } from '../support/operations.js';
import { startSmtp } from '../support/smtpServer.js';
import { startTwoNodes, countByName, inParallel } from '../support/twoNodes.js';

/** The number of parallel requests. */
const many = 8;

describe.runIf(databaseKind === 'postgres')('mailed codes of registrations', async () => {
  if (databaseKind !== 'postgres') return;
  const smtp = await startSmtp();
  const nodes = await startTwoNodes({ env: { SMTP_URL: smtp.url, REQUIRE_VERIFIED_EMAIL: 'true' } });
  const { urlOf, countOf, actsOf, liveOf } = nodes;
  const complete = (index: number, input: Record<string, unknown>) =>
    run(urlOf(index), 'completeRegistration', input);
  const usePage = async (index: number, token: string, secret: string) => {
    const body = new URLSearchParams({ token, password: secret });
    return (await fetch(`${urlOf(index)}/link/completeRegistration`, { method: 'POST', body })).status;
  };

  it(
    'PENDING-05 parallel completions of several registrations of one e-mail MUST make one account, without an error',
    { timeout: 60_000 },
    async () => {
      const email = randomEmail();
      const secretOf = (index: number) => `a lantern over the quiet river ${String(index)}`;
      const begun: { challengeToken: string; code: string; linkToken: string }[] = [];
      for (let index = 0; index < many; index += 1) {
        const challengeToken = await beginRegistration(urlOf(index), email, secretOf(index));
        const mail = await smtp.next(email, /Confirm/);
        begun.push({ challengeToken, code: codeIn(mail), linkToken: linkIn(mail).token });
      }

      const results = await Promise.all(
        begun.map(async ({ challengeToken, code, linkToken }, index) => {
          if (index % 4 === 3) return (await usePage(index, linkToken, secretOf(index))) === 200;
          const { __typename, user } = await complete(index, {
            challengeToken,
            ...(index % 4 === 2 ? { linkToken } : { code }),
          });
          expect(['RegisterSuccess', 'ChallengeRejected']).toContain(__typename);
          return user !== undefined;
        }),
      );

      expect(results.filter(Boolean)).toHaveLength(1);
      const isOfEmail = `user_id = (select id from hufu.users where email_key = '${email}')`;
      expect(await countOf(`users where email_key = '${email}'`)).toBe(1);
      expect(
        await countOf(`security_events where ${isOfEmail} and kind = 'REGISTER' and outcome = 'SUCCEEDED'`),
      ).toBe(1);
      // The account has the password of the registration that succeeded.
      const input = { email, password: secretOf(results.indexOf(true)) };
      const { data } = await gql(urlOf(0), { query: loginOperation, variables: { input } });
      expect(data?.login.__typename).toBe('LoginSuccess');
      expect(await countOf(`sessions where ${isOfEmail} and ended_at is null`)).toBe(1);
    },
  );

  it('PENDING-06 parallel completions of one registration MUST make one account and one session', async () => {
    for (let round = 0; round < 3; round += 1) {
      const email = randomEmail();
      const challengeToken = await beginRegistration(urlOf(round), email);
      const code = codeIn(await smtp.next(email, /Confirm/));
      const results = await inParallel(many, (index) => complete(index, { challengeToken, code }));
      expect(countByName(results.map(({ __typename }) => __typename))).toEqual({ RegisterSuccess: many });
      expect(new Set(results.map(({ session }) => session?.id)).size).toBe(1);
      const id = results[0]?.user?.id ?? '';
      expect([await liveOf(id), await actsOf(id, 'REGISTER')]).toEqual([1, 1]);
    }
  });

  it('PENDING-07 five of many parallel wrong codes MUST be counted and end the challenge, also for the right code', async () => {
    const email = randomEmail();
    const challengeToken = await beginRegistration(urlOf(0), email);
    const code = codeIn(await smtp.next(email, /Confirm/));
    const wrong = code.startsWith('0000') ? '1111 1111' : '0000 0000';
    const results = await inParallel(many, (index) => complete(index, { challengeToken, code: wrong }));
    expect(countByName(results.map(({ __typename }) => __typename))).toEqual({
      CodeRejected: 5,
      ChallengeRejected: many - 5,
    });
    expect((await complete(0, { challengeToken, code })).__typename).toBe('ChallengeRejected');
    expect(await countOf(`users where email_key = '${email}'`)).toBe(0);
  });
});

describe.runIf(databaseKind === 'postgres')('mailed login codes', async () => {
  if (databaseKind !== 'postgres') return;
  const smtp = await startSmtp();
  const env = { SMTP_URL: smtp.url, EMAIL_CODE_LOGIN: 'true', SESSION_LIMIT: '0' };
  const nodes = await startTwoNodes({ env });
  const { urlOf, countOf, actsOf, liveOf, reasonOf } = nodes;
  const url = urlOf(0);
  const rounds = 4;

  interface Result {
    readonly __typename: string;
    readonly token?: string;
    readonly triesLeft?: number;
    readonly session?: { readonly id: string };
    readonly challenge?: { readonly token: string };
  }

  async function request(email: string, index = 0): Promise<{ challengeToken: string; code: string }> {
    const { data } = await gql<{ requestLoginCode: Result }>(urlOf(index), {
      query: `mutation ($input: RequestLoginCodeInput!) {
        requestLoginCode(input: $input) { ... on LoginCodeRequested { challenge { token } } }
      }`,
      variables: { input: { email } },
    });
    const challengeToken = data?.requestLoginCode.challenge?.token ?? '';
    return { challengeToken, code: codeIn(await smtp.next(email, /sign-in code/)) };
  }

  async function loginWith(index: number, input: { challengeToken: string; code: string }): Promise<Result> {
    const { data, errors } = await gql<{ loginWithCode: Result }>(urlOf(index), {
      query: `mutation ($input: LoginWithCodeInput!) {
        loginWithCode(input: $input) {
          __typename ... on LoginSuccess { token session { id } } ... on CodeRejected { triesLeft }
        }
      }`,
      variables: { input },
    });
    if (data === null) throw new Error(`refused: ${JSON.stringify(errors)}`);
    return data.loginWithCode;
  }

  const namesOf = (results: readonly Result[]) => countByName(results.map(({ __typename }) => __typename));
  const wrongFor = (code: string) => (code.startsWith('0000') ? '1111 1111' : '0000 0000');

  it('EMAIL-CODE-05 parallel uses of one code MUST open one session', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { user } = await registerVerified(url, smtp);
      const asked = await request(user.email);
      const results = await inParallel(many, (index) => loginWith(index, asked));
      expect(namesOf(results)).toEqual({ LoginSuccess: many });
      expect(new Set(results.map(({ session }) => session?.id)).size).toBe(1);
      // This one, and the session of the registration.
      expect(await liveOf(user.id)).toBe(2);
      expect(await countOf(`sessions where user_id = '${user.id}'`)).toBe(2);
    }
  });

  it('EMAIL-CODE-06 five of many parallel wrong codes MUST be counted and end the challenge, and parallel right codes open at most one session', async () => {
    const { user } = await registerVerified(url, smtp);
    const { challengeToken, code } = await request(user.email);
    const wrong = { challengeToken, code: wrongFor(code) };
    const results = await inParallel(many, (index) => loginWith(index, wrong));
    expect(namesOf(results)).toEqual({ CodeRejected: 5, ChallengeRejected: many - 5 });
    const left = results.flatMap(({ triesLeft }) => triesLeft ?? []);
    expect(left.toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(await loginWith(0, { challengeToken, code })).toMatchObject({ __typename: 'ChallengeRejected' });

    for (let round = 0; round < 4; round += 1) {
      const asked = await request(user.email);
      const before = await liveOf(user.id);
      const mixed = await inParallel(many, (index) =>
        loginWith(index, Math.floor(index / 2) % 2 === 0 ? asked : { ...asked, code: wrongFor(asked.code) }),
      );
      const opened = new Set(mixed.flatMap(({ session }) => session?.id ?? []));
      expect(opened.size).toBeLessThanOrEqual(1);
      expect(await liveOf(user.id)).toBe(before + opened.size);
      expect(mixed.filter(({ __typename }) => __typename === 'CodeRejected').length).toBeGreaterThan(0);
    }
  });

  it('EMAIL-CODE-07 a code MUST sign in while another one is requested', async () => {
    const { user } = await registerVerified(url, smtp);
    for (let round = 0; round < 4; round += 1) {
      const asked = await request(user.email);
      const [used, next] = await Promise.all([loginWith(1, asked), request(user.email)]);
      expect(used.__typename).toBe('LoginSuccess');
      expect((await loginWith(round, next)).__typename).toBe('LoginSuccess');
    }
  });

  it('EMAIL-CODE-08 two parallel codes for an account whose e-mail was never verified MUST verify it once and both sign in', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { user, token } = await register(url);
      const asked = [await request(user.email, 0), await request(user.email, 1)];
      const results = await Promise.all(asked.map((one, index) => loginWith(index, one)));
      expect(namesOf(results)).toEqual({ LoginSuccess: 2 });
      expect(await actsOf(user.id, 'VERIFY_EMAIL')).toBe(1);
      expect(await reasonOf(token)).toBe('PASSWORD_CHANGED');
      // Neither code ended the session of the other.
      expect(await Promise.all(results.map((one) => reasonOf(one.token)))).toEqual(['live', 'live']);
      expect(await liveOf(user.id)).toBe(2);
    }
  });

  it('EMAIL-CODE-10 a code of a deleted account MUST NOT sign in to the next account with the e-mail', async () => {
    const { user, token } = await registerVerified(url, smtp);
    const asked = await request(user.email);
    await run(url, 'deleteAccount', null, token);
    const next = await registerVerified(url, smtp, { email: user.email });
    expect(await loginWith(0, asked)).toMatchObject({ __typename: 'ChallengeRejected' });
    expect(await liveOf(next.user.id)).toBe(1);
  });

  const newPassword = 'a lantern over the quiet river';

  it(
    'EMAIL-CODE-09 a code that races with a password change, deletion or disabling MUST NOT leave a live session',
    { timeout: 60_000 },
    async () => {
      const operator = await nodes.operator();
      const acts = {
        changePassword: (token: string) =>
          ask(urlOf(1), 'changePassword', { currentPassword: password, newPassword }, token),
        deleteAccount: (token: string) => ask(urlOf(1), 'deleteAccount', null, token),
        disableAccount: async (_token: string, email: string) => {
          await disableAccount(operator, email);
          return { errors: [] };
        },
      };
      for (const act of Object.values(acts)) {
        for (let round = 0; round < rounds; round += 1) {
          const { user, token } = await registerVerified(url, smtp);
          const asked = await request(user.email);
          const [used, done] = await Promise.all([loginWith(0, asked), act(token, user.email)]);
          expect(done.errors).toEqual([]);
          expect(['LoginSuccess', 'ChallengeRejected', 'AccountDisabled']).toContain(used.__typename);
          if (used.token !== undefined) expect(await reasonOf(used.token)).not.toBe('live');
          expect((await loginWith(1, asked)).__typename).toMatch(/ChallengeRejected|AccountDisabled/);
        }
      }
    },
  );

  it(
    'EMAIL-CODE-11 accounts that exchange their e-mails MUST keep one each, and no code signs in to the other account',
    { timeout: 90_000 },
    async () => {
      const changeTo = async (token: string, newEmail: string) => {
        await run(url, 'requestEmailChange', { newEmail }, token);
        return linkIn(await smtp.next(newEmail, /Confirm/)).token;
      };
      const confirm = (index: number, token: string) => run(urlOf(index), 'confirmEmailChange', { token });
      for (let round = 0; round < rounds; round += 1) {
        const people = [await registerVerified(url, smtp), await registerVerified(url, smtp)] as const;
        const [{ email: first }, { email: second }] = [people[0].user, people[1].user];
        const third = randomEmail();
        const swap = [await changeTo(people[0].token, second), await changeTo(people[1].token, first)];
        // Each account still has the e-mail that the other one wants.
        const swapped = await inParallel(2, (index) => confirm(index, swap[index] ?? ''));
        expect(swapped.map(({ __typename }) => __typename)).toEqual(['EmailTaken', 'EmailTaken']);

        const away = await changeTo(people[0].token, third);
        const asked = await request(first);
        const [left, taken, opened] = await Promise.all([
          confirm(round, away),
          confirm(round + 1, swap[1] ?? ''),
          loginWith(round, asked),
        ]);
        expect(left.__typename).toBe('ConfirmEmailChangeSuccess');
        expect(['ConfirmEmailChangeSuccess', 'EmailTaken']).toContain(taken.__typename);
        if (taken.__typename === 'EmailTaken') await confirm(0, swap[1] ?? '');
        expect(await countOf(`users where id = '${people[0].user.id}' and email_key = '${third}'`)).toBe(1);
        expect(await countOf(`users where id = '${people[1].user.id}' and email_key = '${first}'`)).toBe(1);
        // The code was requested while the first account had the e-mail.
        const sessions = `sessions where id = '${opened.session?.id ?? people[0].session.id}'`;
        expect(await countOf(`${sessions} and user_id = '${people[0].user.id}'`)).toBe(1);
        const late = await loginWith(1, asked);
        if (opened.__typename !== 'LoginSuccess') expect(late.__typename).toBe('ChallengeRejected');
        expect(
          await countOf(`sessions where user_id = '${people[1].user.id}' and methods = '{EMAIL_CODE}'`),
        ).toBe(0);
      }
    },
  );
});
