// Which notices the owner of an account gets: of a new network, whatever the device says of itself, and of the deletion of
// the account; and that no act renews their number.

import { expect, it } from 'vitest';

import { linkIn, registerVerified, run } from '../support/account.js';
import { readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, loginOperation, randomEmail, password, phone, register } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const { url } = await startNode({ env: { SMTP_URL: smtp.url, TRUST_PROXY: '1' } });

it('ACCOUNT-20 a sign-in from a new network MUST be told, and none from a known one', async () => {
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

it('ACCOUNT-21 the deletion of an account MUST be told to its verified e-mail, which no row holds afterwards', async () => {
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
    // Nothing is left that a link could do.
    expect(part).not.toMatch(/https?:\/\//);
  }

  const unverified = await register(node.url);
  await run(node.url, 'deleteAccount', null, unverified.token);
  expect(await smtp.all(unverified.user.email)).toEqual([]);
  await node.stop();
  const [rows] = await rowsOf(database, "select coalesce(jsonb_agg(m), '[]') as mails from hufu.mails m");
  expect(JSON.stringify(rows?.['mails'])).not.toContain(user.email);
});

it('LIMITS-08 deleting the account and registering again MUST NOT renew the number of its notices', async () => {
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
    // The deletion withdraws what has not been sent.
    await smtp.next(email, /was changed/);
    await remove(changed.token);
  }

  // A reset verifies the third one: no more mails to verify it may be asked for.
  await register(few.url, { email });
  await run(few.url, 'requestPasswordReset', { email });
  const { token: link } = linkIn(await smtp.next(email, /Set a new password/));
  const reset = 'violets under a bridge';
  await run(few.url, 'resetPassword', { token: link, newPassword: reset });
  const input = { email, password: reset };
  const { data } = await gql(few.url, { query: loginOperation, variables: { input } });
  const changed = await change(data?.login.token ?? '', reset);
  // The notice of the reset is the first of its kind.
  await smtp.next(email, /was reset/);
  expect((await smtp.all(email)).filter(({ subject }) => subject.includes('was changed'))).toHaveLength(2);
  await remove(changed.token);

  const subjects = (await smtp.all(email)).map(({ subject }) => subject);
  expect(subjects.filter((subject) => subject.includes('was deleted'))).toHaveLength(2);
});
