// A notice tells of a new network, whatever the device says of itself.

import { expect, it } from 'vitest';

import { registerVerified } from '../support/account.js';
import { gql } from '../support/gql.js';
import { loginOperation, password, phone } from '../support/operations.js';
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
