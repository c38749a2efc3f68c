// With REQUIRE_VERIFIED_EMAIL a registration makes an account only when the owner of the e-mail completes it: on the device that
// began it, or with the password of that registration.

import { describe, expect, it } from 'vitest';

import { ask, beginRegistration, codeIn, linkIn, registerByMail, run } from '../support/account.js';
import { gql } from '../support/gql.js';
import { meOperation, password, randomEmail, loginResult } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { databaseKind } from '../support/database.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const { url, database } = await startNode({ env: { SMTP_URL: smtp.url, REQUIRE_VERIFIED_EMAIL: 'true' } });

const strangers = 'a lantern over the quiet river';

const complete = (input: Record<string, unknown>) => run(url, 'completeRegistration', input);
const mailOf = (email: string) => smtp.next(email, /Confirm/);
const usePage = (token: string, secret: string) =>
  fetch(`${url}/link/completeRegistration`, {
    method: 'POST',
    body: new URLSearchParams({ token, password: secret }),
  });

describe('PENDING-01 a registration', () => {
  it('MUST make no account before it is completed, and sign its device in when it is', async () => {
    const email = randomEmail();
    const challengeToken = await beginRegistration(url, email);
    const mail = await mailOf(email);
    expect(await loginResult(url, email, password)).toBe('InvalidCredentials');

    const completed = await complete({ challengeToken, code: codeIn(mail) });
    expect(completed).toMatchObject({ __typename: 'RegisterSuccess', user: { email, emailVerified: true } });
    const { token } = completed;
    const { data } = await gql(url, { query: meOperation, ...(token === undefined ? {} : { token }) });
    expect(data?.me?.email).toBe(email);
    expect(await loginResult(url, email, password)).toBe('LoginSuccess');
  });

  it('MUST be completed once by its link and challenge, and return the same session on a retry', async () => {
    const email = randomEmail();
    const challengeToken = await beginRegistration(url, email);
    const linkToken = linkIn(await mailOf(email)).token;
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => complete({ challengeToken, linkToken })),
    );
    expect(new Set(answers.map(({ session }) => session?.id)).size).toBe(1);
    expect(answers.every(({ __typename }) => __typename === 'RegisterSuccess')).toBe(true);
    expect((await usePage(linkToken, password)).status).toBe(410);
  });

  it('MUST be completed on the page of its link only with its own password', async () => {
    const email = randomEmail();
    await beginRegistration(url, email);
    const { token, url: page } = linkIn(await mailOf(email));
    const shown = await fetch(page);
    expect([shown.status, await shown.text()]).toEqual([200, expect.stringContaining('current-password')]);
    const wrong = await usePage(token, strangers);
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('not the password')]);
    expect((await usePage(token, password)).status).toBe(200);
    expect(await loginResult(url, email, password)).toBe('LoginSuccess');
    expect((await usePage(token, password)).status).toBe(410);
  });

  it('MUST accept the code as users type it, count wrong codes, and end at the fifth', async () => {
    const email = randomEmail();
    const challengeToken = await beginRegistration(url, email);
    const code = codeIn(await mailOf(email));
    for (const malformed of ['', '123', `${code}1`, 'x'.repeat(1_000)])
      expect(await complete({ challengeToken, code: malformed })).toMatchObject({ triesLeft: 5 });
    const wrong = code.endsWith('1') ? '1111 1112' : '1111 1111';
    expect(await complete({ challengeToken, code: wrong })).toMatchObject({ triesLeft: 4 });
    const fullWidth = code.replaceAll(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
    expect(await complete({ challengeToken, code: ` ${fullWidth} ` })).toMatchObject({
      __typename: 'RegisterSuccess',
    });

    const other = randomEmail();
    const second = await beginRegistration(url, other);
    const right = codeIn(await mailOf(other));
    const guesses = Array.from({ length: 12 }, () => complete({ challengeToken: second, code: wrong }));
    const kinds = (await Promise.all(guesses)).map(({ __typename }) => __typename);
    expect(kinds.filter((kind) => kind === 'CodeRejected')).toHaveLength(5);
    expect(await complete({ challengeToken: second, code: right })).toMatchObject({
      __typename: 'ChallengeRejected',
    });
  });

  it('MUST be refused with one answer for every malformed or foreign challenge', async () => {
    const email = randomEmail();
    const challengeToken = await beginRegistration(url, email);
    const code = codeIn(await mailOf(email));
    for (const token of [
      '',
      'junk',
      challengeToken.slice(1),
      challengeToken.slice(0, -2),
      `${challengeToken}A`,
    ])
      expect(await complete({ challengeToken: token, code })).toMatchObject({
        __typename: 'ChallengeRejected',
      });
    expect(await complete({ challengeToken })).toMatchObject({ __typename: 'InvalidInput' });
    expect(await complete({ challengeToken, code, linkToken: 'x' })).toMatchObject({
      __typename: 'InvalidInput',
    });
  });
});

describe('PENDING-02 a stranger who registers the e-mail of another user', () => {
  it('MUST NOT get an account when the owner completes a registration, whichever began first', async () => {
    for (const isFirst of [true, false]) {
      const email = randomEmail();
      const begin = (secret: string) => beginRegistration(url, email, secret);
      const first = await begin(isFirst ? strangers : password);
      const firstMail = await mailOf(email);
      const second = await begin(isFirst ? password : strangers);
      const secondMail = await mailOf(email);
      const [own, stranger] = isFirst ? [second, first] : [first, second];
      const [ownMail, strangerMail] = isFirst ? [secondMail, firstMail] : [firstMail, secondMail];

      // The owner opens the wrong mail, whose link is of the stranger's registration.
      expect(await complete({ challengeToken: own, linkToken: linkIn(strangerMail).token })).toMatchObject({
        __typename: 'CodeRejected',
      });
      expect((await usePage(linkIn(strangerMail).token, password)).status).toBe(422);
      expect(await complete({ challengeToken: own, code: codeIn(ownMail) })).toMatchObject({
        __typename: 'RegisterSuccess',
      });
      // The stranger's registration is void, even with the mailed code and link.
      expect(await complete({ challengeToken: stranger, code: codeIn(strangerMail) })).toMatchObject({
        __typename: 'ChallengeRejected',
      });
      expect((await usePage(linkIn(strangerMail).token, strangers)).status).toBe(410);
      expect(await loginResult(url, email, strangers)).toBe('InvalidCredentials');
      expect(await loginResult(url, email, password)).toBe('LoginSuccess');
    }
  });

  it('MUST NOT learn of an existing account, whose owner is notified', async () => {
    const email = randomEmail();
    await registerByMail(url, smtp, email);
    const challengeToken = await beginRegistration(url, email, strangers);
    const mail = await smtp.next(email, /already/);
    expect(linkIn(mail).operation).toBe('resetPassword');
    expect(mail.text).not.toContain('Code:');
    expect(await complete({ challengeToken, code: '12345678' })).toMatchObject({
      __typename: 'CodeRejected',
    });
    await run(url, 'resetPassword', {
      token: linkIn(mail).token,
      newPassword: 'another horse battery staple',
    });
    // The change of the account is not visible to the stranger.
    expect(await complete({ challengeToken, code: '12345678' })).toMatchObject({
      __typename: 'CodeRejected',
      triesLeft: 3,
    });
    expect(await loginResult(url, email, strangers)).toBe('InvalidCredentials');
  });
});

describe.runIf(databaseKind === 'postgres')(
  'PENDING-03 an account from before REQUIRE_VERIFIED_EMAIL',
  () => {
    it('MUST be mailed links that set a new password, so that a stranger who chose the old one cannot sign in', async () => {
      const email = randomEmail();
      const { token = '' } = await registerByMail(url, smtp, email);
      await rowsOf(database, `update hufu.users set email_verified_at = null where email = '${email}'`);

      // By a refused login, by a client without a session, and by the live session.
      expect(await loginResult(url, email, password)).toBe('InvalidCredentials');
      const first = await mailOf(email);
      await run(url, 'requestEmailVerification', { email });
      const second = await mailOf(email);
      expect((await ask(url, 'requestEmailVerification', null, token)).errors).toEqual([]);
      const third = await mailOf(email);
      for (const mail of [first, second, third]) expect(linkIn(mail).operation).toBe('resetPassword');

      const newPassword = 'another horse battery staple';
      await run(url, 'resetPassword', { token: linkIn(second).token, newPassword });
      expect(await loginResult(url, email, password)).toBe('InvalidCredentials');
      expect(await loginResult(url, email, newPassword)).toBe('LoginSuccess');
    });
  },
);
