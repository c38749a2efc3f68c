// The life of an account as its user experiences it, with mails that are really sent.

import { describe, expect, it } from 'vitest';

import { ask, linkIn, registerVerified, run } from '../support/account.js';
import { gql } from '../support/gql.js';
import {
  historyOperation,
  laptop,
  login,
  meOperation,
  randomEmail,
  password,
  phone,
  register,
  reasonOf,
  loginResult,
} from '../support/operations.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const { url } = await startNode({
  env: { SMTP_URL: smtp.url, RATE_LIMITS: 'off', MAIL_FROM: 'Hufu <mail@hufu.test>' },
});

const newPassword = 'a lantern over the quiet river';

describe('ACCOUNT-01 verifying an e-mail by a link', () => {
  it('MUST mail a link to the signed-in user, which works once and without a session', async () => {
    const { user, token } = await register(url);
    expect(await run(url, 'requestEmailVerification', null, token)).toEqual({
      __typename: 'EmailRequested',
      to: user.email,
    });
    const link = linkIn(await smtp.next(user.email));
    expect(link.url).toBe(`${url}/link/verifyEmail?token=${link.token}`);

    const verified = await run(url, 'verifyEmail', { token: link.token });
    expect(verified).toEqual({
      __typename: 'VerifyEmailSuccess',
      user: { id: user.id, email: user.email, emailVerified: true },
    });
    expect(await run(url, 'verifyEmail', { token: link.token })).toMatchObject({
      __typename: 'LinkRejected',
      reason: 'USED',
    });
  });

  it('MUST mail a link to an e-mail that a client names, and none once it is verified', async () => {
    const { user, token } = await register(url);
    const asked = await run(url, 'requestEmailVerification', { email: user.email.toUpperCase() });
    expect(asked).toEqual({ __typename: 'EmailRequested', to: user.email.toUpperCase() });
    await run(url, 'verifyEmail', { token: linkIn(await smtp.next(user.email)).token });

    await run(url, 'requestEmailVerification', { email: user.email });
    await run(url, 'requestEmailVerification', null, token);
    expect(await smtp.all(user.email)).toHaveLength(1);
  });

  it('MUST be refused without an e-mail when no user is signed in', async () => {
    const { errors } = await ask(url, 'requestEmailVerification', null);
    expect(errors[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'NO_TOKEN' });
  });

  it('MUST NOT show the sessions of the verified user to another user', async () => {
    const ann = await register(url);
    const bob = await register(url);
    await run(url, 'requestEmailVerification', null, ann.token);
    const { token } = linkIn(await smtp.next(ann.user.email));
    const query = `mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) {
      ... on VerifyEmailSuccess { user { id sessions { id } } } } }`;
    const { errors } = await gql(url, { query, variables: { input: { token } }, token: bob.token });
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
  });
});

describe('ACCOUNT-06 a password change', () => {
  it('MUST end every session, give the client a new one for its device, and void every link', async () => {
    const { user, token, session } = await registerVerified(url, smtp, { device: phone });
    await run(url, 'requestPasswordReset', { email: user.email });
    const link = linkIn(await smtp.next(user.email));

    const changed = await run(url, 'changePassword', { currentPassword: password, newPassword }, token);
    expect(changed).toMatchObject({
      __typename: 'ChangePasswordSuccess',
      session: { device: phone },
      endedSessions: [
        { id: session.id, endReason: 'PASSWORD_CHANGED', supersededBy: { id: changed.session?.id } },
      ],
    });
    expect(await reasonOf(url, token)).toBe('PASSWORD_CHANGED');
    expect(await reasonOf(url, changed.token ?? '')).toBe('live');
    expect(await run(url, 'resetPassword', { token: link.token, newPassword: password })).toMatchObject({
      reason: 'EXPIRED',
    });

    expect(await loginResult(url, user.email, password)).toBe('InvalidCredentials');
    expect(await loginResult(url, user.email, newPassword)).toBe('LoginSuccess');
    const notice = await smtp.next(user.email, /was changed/);
    expect(notice.text).toMatch(/From: (127\.0\.0\.1|::1)\nDevice: Pixel 9 \(a phone\)/);
  });

  it('MUST NOT change anything when the current password is wrong or the new one is refused', async () => {
    const { token } = await register(url);
    const attempt = (currentPassword: string, next: string) =>
      run(url, 'changePassword', { currentPassword, newPassword: next }, token);
    expect(await attempt('not the password', newPassword)).toMatchObject({
      __typename: 'InvalidCredentials',
    });
    expect(await attempt(password, 'short')).toMatchObject({ __typename: 'WeakPassword' });
    const malformed = await attempt(password, `${newPassword}\u0000`);
    expect(malformed).toMatchObject({ __typename: 'InvalidInput', issues: [{ field: 'newPassword' }] });
    const other = await attempt(`${password}\u0000`, newPassword);
    expect(other).toMatchObject({ __typename: 'InvalidInput', issues: [{ field: 'currentPassword' }] });
    expect(await reasonOf(url, token)).toBe('live');
  });
});

describe('ACCOUNT-07 a password reset', () => {
  it('MUST end every session and verify the e-mail, and a refused password leaves the link usable', async () => {
    const { user, token } = await register(url);
    expect(await run(url, 'requestPasswordReset', { email: user.email })).toEqual({
      __typename: 'EmailRequested',
      to: user.email,
    });
    const link = linkIn(await smtp.next(user.email));
    expect(link.operation).toBe('resetPassword');
    expect(await run(url, 'resetPassword', { token: link.token, newPassword: 'short' })).toMatchObject({
      __typename: 'WeakPassword',
    });
    expect(
      await run(url, 'resetPassword', { token: link.token, newPassword: `${newPassword}\ud800` }),
    ).toMatchObject({
      __typename: 'InvalidInput',
    });
    expect(await reasonOf(url, token)).toBe('live');

    expect(await run(url, 'resetPassword', { token: link.token, newPassword })).toEqual({
      __typename: 'ResetPasswordSuccess',
      user: { id: user.id, email: user.email, emailVerified: true },
    });
    expect(await reasonOf(url, token)).toBe('PASSWORD_CHANGED');
    expect(await loginResult(url, user.email, password)).toBe('InvalidCredentials');
    expect(await loginResult(url, user.email, newPassword)).toBe('LoginSuccess');
    expect((await smtp.next(user.email, /was reset/)).text).toContain('That was not me');
  });

  it('MUST work by the link of any of its mails, once', async () => {
    const { user } = await register(url);
    await run(url, 'requestPasswordReset', { email: user.email });
    const older = linkIn(await smtp.next(user.email));
    await run(url, 'requestPasswordReset', { email: user.email });
    const newer = linkIn(await smtp.next(user.email));
    expect(await run(url, 'resetPassword', { token: older.token, newPassword })).toMatchObject({
      __typename: 'ResetPasswordSuccess',
    });
    expect(await run(url, 'resetPassword', { token: newer.token, newPassword })).toMatchObject({
      reason: 'USED',
    });
  });
});

describe('ACCOUNT-09 an e-mail change', () => {
  it('MUST keep the old e-mail until the link to the new one is used, and notify the old e-mail then', async () => {
    const { user, token } = await registerVerified(url, smtp);
    const newEmail = randomEmail();
    const asked = await run(url, 'requestEmailChange', { newEmail }, token);
    expect(asked).toEqual({ __typename: 'EmailRequested', to: newEmail });
    const link = linkIn(await smtp.next(newEmail));
    expect((await gql(url, { query: meOperation, token })).data?.me?.email).toBe(user.email);

    expect(await run(url, 'confirmEmailChange', { token: link.token })).toEqual({
      __typename: 'ConfirmEmailChangeSuccess',
      user: { id: user.id, email: newEmail, emailVerified: true },
    });
    expect(await reasonOf(url, token)).toBe('live');
    expect(await loginResult(url, newEmail, password)).toBe('LoginSuccess');
    expect(await loginResult(url, user.email, password)).toBe('InvalidCredentials');
    const notice = await smtp.next(user.email, /e-mail .* was changed/);

    // Where a thief changed the e-mail, the link in the notification gives the account back.
    expect(await run(url, 'resetPassword', { token: linkIn(notice).token, newPassword })).toMatchObject({
      user: { email: user.email, emailVerified: true },
    });
    expect(await loginResult(url, user.email, newPassword)).toBe('LoginSuccess');
    expect(await loginResult(url, newEmail, newPassword)).toBe('InvalidCredentials');
  });

  it('MUST be refused while another account has the new e-mail, and the link stays usable', async () => {
    const { token } = await register(url);
    const newEmail = randomEmail();
    await run(url, 'requestEmailChange', { newEmail }, token);
    const link = linkIn(await smtp.next(newEmail));
    const other = await register(url, { email: newEmail });
    expect(await run(url, 'confirmEmailChange', { token: link.token })).toMatchObject({
      __typename: 'EmailTaken',
    });
    await run(url, 'deleteAccount', null, other.token);
    expect(await run(url, 'confirmEmailChange', { token: link.token })).toMatchObject({
      __typename: 'ConfirmEmailChangeSuccess',
    });
  });

  it('MUST be refused for a malformed e-mail', async () => {
    const { token } = await register(url);
    expect(await run(url, 'requestEmailChange', { newEmail: 'nobody' }, token)).toMatchObject({
      issues: [{ field: 'newEmail' }],
    });
  });
});

describe('ACCOUNT-10 deleting an account', () => {
  it('MUST end its sessions as ACCOUNT_DELETED, and free its e-mail', async () => {
    const { user, token } = await register(url);
    expect(await run(url, 'deleteAccount', null, token)).toEqual({
      __typename: 'DeleteAccountSuccess',
      id: user.id,
    });
    expect(await reasonOf(url, token)).toBe('ACCOUNT_DELETED');
    expect(await loginResult(url, user.email, password)).toBe('InvalidCredentials');
    expect((await register(url, { email: user.email })).user.id).not.toBe(user.id);
  });
});

describe('ACCOUNT-11 a sign-in notification', () => {
  it('MUST be mailed for a sign-in that superseded a session, with a link that ends the new session', async () => {
    const { user } = await registerVerified(url, smtp, { device: phone });
    const thief = await login(url, user.email, { kind: 'MOBILE', name: '<b>Pixel</b> & "9"' });
    const notice = await smtp.next(user.email, /sign-in/);
    expect(notice.text).toContain('Device: b Pixel b 9 (a phone)');
    expect(notice.html).toContain('Device: b Pixel b 9 (a phone)');
    expect(notice.html).not.toContain('<b>');

    await run(url, 'resetPassword', { token: linkIn(notice).token, newPassword });
    expect(await reasonOf(url, thief.token)).toBe('PASSWORD_CHANGED');
  });

  it('MUST be mailed for a new kind of device, and not for the first sign-in or a known kind', async () => {
    const { user, token } = await registerVerified(url, smtp, { device: phone });
    await gql(url, { query: 'mutation { logout { session { id } } }', token });
    const second = await login(url, user.email, laptop);
    expect((await smtp.next(user.email)).text).toContain('a kind of device');
    await gql(url, { query: 'mutation { logout { session { id } } }', token: second.token });
    const third = await login(url, user.email, phone);
    // The verification, and the notification of the laptop.
    expect(await smtp.all(user.email)).toHaveLength(2);
    const { data } = await gql(url, { query: historyOperation, token: third.token });
    expect(data?.me.history.edges).toHaveLength(3);
  });

  it('MUST NOT void the password reset link that the owner asked for', async () => {
    const { user } = await registerVerified(url, smtp);
    await run(url, 'requestPasswordReset', { email: user.email });
    const asked = linkIn(await smtp.next(user.email));
    await login(url, user.email);
    await smtp.next(user.email, /sign-in/);
    expect(await run(url, 'resetPassword', { token: asked.token, newPassword })).toMatchObject({
      __typename: 'ResetPasswordSuccess',
    });
  });
});
