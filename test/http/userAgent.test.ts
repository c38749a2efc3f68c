// The user agent that Hufu stores.

import { expect, test } from 'vitest';

import { gql } from '../support/gql.js';
import { loginOperation, password, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

test('sessions and security events keep only the first 512 characters of a user agent', async () => {
  const { url } = await startNode();
  const { user } = await register(url);
  const { data } = await gql(url, {
    query: loginOperation,
    variables: { input: { email: user.email, password } },
    headers: { 'user-agent': `${'x'.repeat(600)}${'y'.repeat(14_000)}` },
  });
  const answer = await gql<{ me: { sessions: object[]; securityEvents: { edges: object[] } } }>(url, {
    query: '{ me { sessions { userAgent } securityEvents(first: 1) { edges { node { userAgent } } } } }',
    token: data?.login.token ?? '',
  });
  const kept = { userAgent: 'x'.repeat(512) };
  expect(answer.data?.me.sessions).toEqual([kept]);
  expect(answer.data?.me.securityEvents.edges).toEqual([{ node: kept }]);
});
