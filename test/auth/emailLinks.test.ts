// Tokens presented as emailed links: only one that this server signed, for this operation, unused and in time, works.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { createKeyring } from '../../src/tokens/keyring.js';
import { createLinkTokens, type AccountLinkOperation } from '../../src/tokens/linkToken.js';
import { linkIn, registerVerified, run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { gql } from '../support/gql.js';
import { login, meOperation, randomEmail, password, register } from '../support/operations.js';
import { testSecret } from '../support/settings.js';
import { startSmtp } from '../support/smtpServer.js';
import { type ReceivedMail } from '../support/mime.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const clock = createTestClock();
const { url } = await startNode({
  clock,
  env: { SMTP_URL: smtp.url, RATE_LIMITS: 'off', LOGIN_NOTICES: 'off', SESSION_LIMIT: '0' },
});
const newPassword = 'a lantern over the quiet river';
const minute = 60_000;

/** Registers a user, and requests a link of the operation. */
async function linkFor(operation: AccountLinkOperation) {
  const person = await register(url);
  const { token: bearer, user } = person;
  const newEmail = randomEmail();
  if (operation === 'verifyEmail') await run(url, 'requestEmailVerification', null, bearer);
  if (operation === 'resetPassword') await run(url, 'requestPasswordReset', { email: user.email });
  if (operation === 'confirmEmailChange') await run(url, 'requestEmailChange', { newEmail }, bearer);
  const { token } = linkIn(await smtp.next(operation === 'confirmEmailChange' ? newEmail : user.email));
  return { ...person, link: token };
}

function use(operation: AccountLinkOperation, token: string) {
  return run(url, operation, operation === 'resetPassword' ? { token, newPassword } : { token });
}

const operations = ['verifyEmail', 'resetPassword', 'confirmEmailChange'] as const;
const foreign = createLinkTokens({
  keyring: createKeyring('another secret of 32 bytes or so', null),
  issuer: 'hufu',
});
const ours = createLinkTokens({ keyring: createKeyring(testSecret, null), issuer: 'hufu' });

describe.each(operations)('ACCOUNT-17 %s', (operation) => {
  it('MUST refuse a token that is no link for it as INVALID, and change nothing', async () => {
    const { link, token: bearer, user } = await linkFor(operation);
    const expiresAt = new Date(clock.now().getTime() + minute);
    const made = { operation, userId: user.id, linkId: randomUUID(), expiresAt };
    const presented = [
      '',
      'a.b.c',
      link.slice(0, -1),
      link.slice(0, link.lastIndexOf('.')),
      `${link}A`,
      `${link.slice(0, 40)}${link[40] === 'A' ? 'B' : 'A'}${link.slice(41)}`,
      ` ${link}`,
      `${link}\u0000`,
      bearer,
      foreign.sign(made, clock.now()),
      // Correctly signed, but no stored link has this id.
      ours.sign(made, clock.now()),
      (await linkFor(operations[(operations.indexOf(operation) + 1) % 3] ?? operation)).link,
    ];
    for (const token of presented) {
      const result = await use(operation, token);
      expect([token, result.__typename, result.reason]).toEqual([token, 'LinkRejected', 'INVALID']);
    }
    const { data } = await gql(url, { query: meOperation, token: bearer });
    expect(data?.me).toEqual({ id: user.id, email: user.email });
    expect((await use(operation, link)).__typename).toMatch(/Success$/);
  });

  it('MUST refuse a late link as EXPIRED, and a used one as USED', async () => {
    const lifetimes = { verifyEmail: 24 * 60, resetPassword: 30, confirmEmailChange: 60 };
    const late = await linkFor(operation);
    const used = await linkFor(operation);
    expect((await use(operation, used.link)).__typename).toMatch(/Success$/);
    clock.turn(lifetimes[operation] * minute - 1_000);
    const inTime = await linkFor(operation);
    clock.turn(1_000);
    expect(await use(operation, late.link)).toMatchObject({ __typename: 'LinkRejected', reason: 'EXPIRED' });
    expect(await use(operation, used.link)).toMatchObject({ __typename: 'LinkRejected', reason: 'USED' });
    expect((await use(operation, inTime.link)).__typename).toMatch(/Success$/);
  });

  it('MUST refuse the link of a deleted user as EXPIRED', async () => {
    const { link, token } = await linkFor(operation);
    await run(url, 'deleteAccount', null, token);
    expect(await use(operation, link)).toMatchObject({ __typename: 'LinkRejected', reason: 'EXPIRED' });
  });

  it('MUST refuse a link from before a new password or a new e-mail as EXPIRED', async () => {
    const first = await linkFor(operation);
    clock.turn(1_000);
    const changed = await run(
      url,
      'changePassword',
      { currentPassword: password, newPassword: `${newPassword}!` },
      first.token,
    );
    expect(changed.__typename).toBe('ChangePasswordSuccess');
    expect(await use(operation, first.link)).toMatchObject({ reason: 'EXPIRED' });

    const second = await linkFor(operation);
    const newEmail = randomEmail();
    await run(url, 'requestEmailChange', { newEmail }, second.token);
    await run(url, 'confirmEmailChange', { token: linkIn(await smtp.next(newEmail)).token });
    expect(await use(operation, second.link)).toMatchObject({ reason: 'EXPIRED' });
  });

  it('MUST NOT accept its link as a session token', async () => {
    const { link } = await linkFor(operation);
    const { errors } = await gql(url, { query: meOperation, token: link });
    expect(errors[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'INVALID_TOKEN' });
  });
});

describe('ACCOUNT-18 a password reset link', () => {
  it('MUST NOT work when its mail is composed after a password change', async () => {
    const { user, token } = await registerVerified(url, smtp);
    // The change removes the queued mail from the outbox, or voids its link.
    await run(url, 'requestPasswordReset', { email: user.email });
    await run(url, 'changePassword', { currentPassword: password, newPassword }, token);
    for (const mail of await smtp.all(user.email)) {
      if (!mail.subject.includes('Set a new password')) continue;
      const { token: link } = linkIn(mail);
      expect(await use('resetPassword', link)).toMatchObject({ reason: 'EXPIRED' });
    }
    expect((await smtp.next(user.email, /was changed/)).text).toContain('That was not me');
  });

  it('MUST be one link that works once, over all mails of parallel requests', async () => {
    const { user } = await register(url);
    await Promise.all(
      Array.from({ length: 6 }, () => run(url, 'requestPasswordReset', { email: user.email })),
    );
    const mails = await smtp.all(user.email, 2_000);
    expect(new Set(mails.map(linkIdIn)).size).toBe(1);
    const results = [];
    for (const mail of mails) {
      const { __typename, reason } = await use('resetPassword', linkIn(mail).token);
      results.push(reason ?? __typename);
    }
    expect(results).toEqual(['ResetPasswordSuccess', ...Array.from(mails.slice(1), () => 'USED')]);
    expect(await login(url, user.email).catch(() => null)).toBeNull();
  });
});

describe.each(operations)('ACCOUNT-29 a second request for a link of %s', (operation) => {
  it('MUST renew the time of the unused link, so that the request of a stranger voids nothing', async () => {
    const { user } = await register(url);
    const newEmail = randomEmail();
    const next = async () => {
      if (operation === 'confirmEmailChange')
        await run(url, 'requestEmailChange', { newEmail }, (await login(url, user.email)).token);
      else if (operation === 'resetPassword') await run(url, 'requestPasswordReset', { email: user.email });
      else await run(url, 'requestEmailVerification', { email: user.email });
      return smtp.next(operation === 'confirmEmailChange' ? newEmail : user.email);
    };
    const first = await next();
    clock.turn(10 * minute);
    const again = await next();
    expect(linkIdIn(again)).toBe(linkIdIn(first));
    expect(expiryIn(again)).toBe(expiryIn(first) + 600);
    expect((await use(operation, linkIn(first).token)).__typename).toMatch(/Success$/);
    expect(await use(operation, linkIn(again).token)).toMatchObject({ reason: 'USED' });
  });
});

it('ACCOUNT-29 requests for verifyEmail with and without a session MUST share one link', async () => {
  const { user, token } = await register(url);
  const ids = [];
  for (const [input, bearer] of [[null, token], [{ email: user.email }], [null, token]] as const) {
    await run(url, 'requestEmailVerification', input, bearer);
    ids.push(linkIdIn(await smtp.next(user.email)));
  }
  expect(new Set(ids).size).toBe(1);
});

it('ACCOUNT-29 a request for another new e-mail MUST void the earlier link', async () => {
  const { token } = await register(url);
  const [first, second] = [randomEmail(), randomEmail()];
  const links = [];
  for (const newEmail of [first, second]) {
    await run(url, 'requestEmailChange', { newEmail }, token);
    links.push(linkIn(await smtp.next(newEmail)).token);
  }
  expect(await use('confirmEmailChange', links[0] ?? '')).toMatchObject({ reason: 'EXPIRED' });
  expect((await use('confirmEmailChange', links[1] ?? '')).user?.email).toBe(second);
});

describe('ACCOUNT-29 an e-mail change link whose session has ended', () => {
  it.each([
    ['endSession', '(input: { id: $id }) { __typename }'],
    ['endOtherSessions', '{ __typename }'],
  ])('MUST NOT work after %s of another session, whose own link works', async (act, rest) => {
    const thief = await register(url);
    const owner = await login(url, thief.user.email);
    const newEmail = randomEmail();
    await run(url, 'requestEmailChange', { newEmail }, thief.token);
    const link = linkIn(await smtp.next(newEmail)).token;
    const variables = { id: thief.session.id };
    const parameters = act === 'endSession' ? '($id: ID!)' : '';
    const query = `mutation ${parameters} { ${act}${rest} }`;
    expect((await gql(url, { query, variables, token: owner.token })).errors).toEqual([]);
    expect(await use('confirmEmailChange', link)).toMatchObject({ reason: 'EXPIRED' });
    // The owner's own request works.
    await run(url, 'requestEmailChange', { newEmail }, owner.token);
    const own = linkIn(await smtp.next(newEmail)).token;
    expect((await use('confirmEmailChange', own)).user?.email).toBe(newEmail);
  });

  it('MUST work after confirmIdentity has replaced its session, and after a logout', async () => {
    const { token } = await register(url);
    const newEmail = randomEmail();
    await run(url, 'requestEmailChange', { newEmail }, token);
    const link = linkIn(await smtp.next(newEmail)).token;
    const fresh = await run(url, 'confirmIdentity', { password }, token);
    await gql(url, { query: 'mutation { logout { session { id } } }', token: fresh.token ?? '' });
    expect((await use('confirmEmailChange', link)).user?.email).toBe(newEmail);
  });
});

function claimsIn(mail: ReceivedMail): { readonly jti: string; readonly exp: number } {
  const [, claims = ''] = linkIn(mail).token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
    readonly jti: string;
    readonly exp: number;
  };
}

function linkIdIn(mail: ReceivedMail): string {
  return claimsIn(mail).jti;
}

function expiryIn(mail: ReceivedMail): number {
  return claimsIn(mail).exp;
}
