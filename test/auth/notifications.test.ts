// Notifications to the owner of an account: about a sign-in from a new network and about a deletion. No act renews their number,
// and later acts of a thief do not void their links.

import { describe, expect, it } from 'vitest';

import { linkIn, registerVerified, run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { readyDatabase } from '../support/database.js';
import { enrol } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { login, loginOperation, randomEmail, password, phone, register } from '../support/operations.js';
import { addPasskey, loginWithPasskey, passkeySettings } from '../support/passkeys.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const { url } = await startNode({ env: { SMTP_URL: smtp.url, TRUST_PROXY: '1', ...passkeySettings } });

it('ACCOUNT-20 a sign-in from a new network MUST notify the owner, and one from a known network MUST NOT', async () => {
  const { user, token } = await registerVerified(url, smtp, { device: phone });
  await gql(url, { query: 'mutation { logout { session { id } } }', token });
  const signIn = async (ip: string) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': ip },
      body: JSON.stringify({
        query: loginOperation,
        variables: { input: { email: user.email, password, device: phone } },
      }),
    });
    const { data } = (await response.json()) as { data: { login: { token: string } } };
    await gql(url, { query: 'mutation { logout { session { id } } }', token: data.login.token });
  };
  await signIn('198.51.100.7');
  expect((await smtp.next(user.email, /sign-in/)).text).toContain('From: 198.51.100.7');
  await signIn('198.51.100.7');
  expect((await smtp.all(user.email)).filter(({ subject }) => subject.includes('sign-in'))).toHaveLength(1);
});

it('ACCOUNT-21 deleting an account MUST notify its verified e-mail, which no mail row contains afterwards', async () => {
  const database = await readyDatabase();
  const node = await startNode({ database, env: { SMTP_URL: smtp.url } });
  const { user, token } = await registerVerified(node.url, smtp);
  const laptop = await login(
    node.url,
    user.email,
    { kind: 'DESKTOP', name: 'Den\r\nBcc: https://evil.example' },
    token,
  );
  await run(node.url, 'deleteAccount', null, laptop.token);
  const mail = await smtp.next(user.email, /account was deleted/);
  expect(mail.to).toEqual([user.email]);
  for (const part of [mail.text, mail.html]) {
    expect(part).toContain('Your account was deleted');
    expect(part).toContain('From: 127.0.0.1');
    expect(part).toContain('Device: Den Bcc https evil example (a desktop or laptop)');
    // The account is gone, so a link could do nothing.
    expect(part).not.toMatch(/https?:\/\//);
  }

  const unverified = await register(node.url);
  await run(node.url, 'deleteAccount', null, unverified.token);
  expect(await smtp.all(unverified.user.email)).toEqual([]);
  await node.stop();
  const [rows] = await rowsOf(database, "select coalesce(jsonb_agg(m), '[]') as mails from hufu.mails m");
  expect(JSON.stringify(rows?.['mails'])).not.toContain(user.email);
});

it('LIMITS-08 deleting an account and registering again MUST NOT renew the number of its notifications', async () => {
  const limits = { RATE_LIMITS: 'on', RATE_LIMIT_RECIPIENT_MAILS_PER_HOUR: '2' };
  const few = await startNode({ env: { SMTP_URL: smtp.url, ...limits } });
  const email = randomEmail();
  const newPassword = 'lantern over a river';
  const change = (token: string, currentPassword: string) =>
    run(few.url, 'changePassword', { currentPassword, newPassword }, token);
  const remove = (token: string | undefined) => run(few.url, 'deleteAccount', null, token);
  for (let account = 0; account < 2; account += 1) {
    const { token } = await registerVerified(few.url, smtp, { email });
    const changed = await change(token, password);
    // Waits, since the deletion removes queued mails.
    await smtp.next(email, /was changed/);
    await remove(changed.token);
  }

  // A reset verifies the third account, since the limit of verification mails is reached.
  await register(few.url, { email });
  await run(few.url, 'requestPasswordReset', { email });
  const { token: link } = linkIn(await smtp.next(email, /Set a new password/));
  const reset = 'violets under a bridge';
  await run(few.url, 'resetPassword', { token: link, newPassword: reset });
  const input = { email, password: reset };
  const { data } = await gql(few.url, { query: loginOperation, variables: { input } });
  const changed = await change(data?.login.token ?? '', reset);
  // The first notification of a reset is within its limit.
  await smtp.next(email, /was reset/);
  expect((await smtp.all(email)).filter(({ subject }) => subject.includes('was changed'))).toHaveLength(2);
  await remove(changed.token);

  const subjects = (await smtp.all(email)).map(({ subject }) => subject);
  expect(subjects.filter((subject) => subject.includes('was deleted'))).toHaveLength(2);
});

describe('ACCOUNT-31 the link of a notification about a new factor or e-mail', () => {
  const clock = createTestClock();
  const node = startNode({ clock, env: { SMTP_URL: smtp.url, ...passkeySettings } });
  const newPassword = 'a heron in the reeds at dawn';

  const reset = async (token: string) =>
    (await run((await node).url, 'resetPassword', { token, newPassword })).__typename;

  const changeEmail = async (token: string, newEmail: string) => {
    const at = (await node).url;
    await run(at, 'requestEmailChange', { newEmail }, token);
    const { token: link } = linkIn(await smtp.next(newEmail, /Confirm your new/));
    return run(at, 'confirmEmailChange', { token: link });
  };

  it('MUST remove the factor, also after another such link was used and after the thief has changed the password', async () => {
    const at = (await node).url;
    const { user, token } = await registerVerified(at, smtp);
    const passkey = await addPasskey(at, token);
    clock.turn(1_000);
    await enrol(at, token, clock);
    await run(at, 'changePassword', { currentPassword: password, newPassword: 'of a thief by night' }, token);

    const ofApp = linkIn(await smtp.next(user.email, /authenticator app was added/)).token;
    expect(await reset(ofApp)).toBe('ResetPasswordSuccess');
    const input = { email: user.email, password: newPassword };
    const { data } = await gql(at, { query: loginOperation, variables: { input } });
    expect(data?.login.__typename).toBe('LoginSuccess');
    const ofPasskey = linkIn(await smtp.next(user.email, /passkey was added/)).token;
    expect(await reset(ofPasskey)).toBe('ResetPasswordSuccess');
    expect(await loginWithPasskey(at, passkey)).toMatchObject({ reason: 'UNKNOWN' });
  });

  it('MUST keep an app that replaced another, since a mailbox alone removes no second factor', async () => {
    const at = (await node).url;
    const { user, token } = await registerVerified(at, smtp);
    await enrol(at, token, clock);
    await smtp.next(user.email, /authenticator app was added/);
    await enrol(at, token, clock);

    const link = linkIn(await smtp.next(user.email, /authenticator app was added/)).token;
    expect(await reset(link)).toBe('ResetPasswordSuccess');
    const input = { email: user.email, password: newPassword };
    const { data } = await gql(at, { query: loginOperation, variables: { input } });
    expect(data?.login.__typename).toBe('SecondFactorRequired');
  });

  it('MUST give the owner the first e-mail back and remove the passkey of a thief, whose links are void', async () => {
    const at = (await node).url;
    const { user, token } = await registerVerified(at, smtp);
    const [first, second] = [randomEmail(), randomEmail()];
    await changeEmail(token, first);
    const passkey = await addPasskey(at, token);
    await changeEmail(token, second);
    // The thief cannot register the owner's e-mail meanwhile.
    await expect(register(at, { email: user.email })).rejects.toThrow('EmailTaken');
    await run(at, 'changePassword', { currentPassword: password, newPassword: 'of a thief by night' }, token);

    const ofThief = [
      linkIn(await smtp.next(first, /passkey was added/)).token,
      linkIn(await smtp.next(first, /e-mail .* was changed/)).token,
    ];
    const ofOwner = linkIn(await smtp.next(user.email, /e-mail .* was changed/)).token;
    const back = await run(at, 'resetPassword', { token: ofOwner, newPassword });
    expect(back).toMatchObject({ __typename: 'ResetPasswordSuccess', user: { email: user.email } });
    expect(await loginWithPasskey(at, passkey)).toMatchObject({ reason: 'UNKNOWN' });
    for (const link of ofThief) expect(await reset(link)).toBe('LinkRejected');
  });
});
