// The audit trail for its user, its pages, and its rest after a deletion.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { linkIn, run } from '../support/account.js';
import { gql } from '../support/gql.js';
import { login, loginOperation, password, phone, register } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';
import { eventsOperation, expectHappenings, happeningsOf, loginResult, pageOf } from './events.js';

const smtp = await startSmtp();
const mailed = { SMTP_URL: smtp.url, MAIL_FROM: 'Hufu <mail@hufu.test>' };
const { url } = await startNode({ env: mailed });

async function codeOf(token: string, variables: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { errors } = await gql(url, { query: eventsOperation, variables, token });
  return errors[0]?.extensions.code ?? 'answered';
}

describe('AUDIT-04 the audit trail MUST be readable by its user', () => {
  it('and by no client that holds only a link of the user', async () => {
    const ann = await register(url);
    const bob = await register(url);
    await run(url, 'requestEmailVerification', null, ann.token);
    const { token } = linkIn(await smtp.next(ann.user.email));
    const query = `mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) {
      ... on VerifyEmailSuccess { user { id securityEvents { edges { node { id } } } } } } }`;
    const { data, errors } = await gql(url, { query, variables: { input: { token } }, token: bob.token });
    expect(data).toBeNull();
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
    expect(await happeningsOf(url, bob.token)).toEqual(['REGISTER SUCCEEDED']);
    expect(await happeningsOf(url, ann.token)).toEqual(['REGISTER SUCCEEDED', 'VERIFY_EMAIL SUCCEEDED']);
  });

  it('also in the response of a sign-in, with the event of that sign-in', async () => {
    const { user } = await register(url);
    const query = loginOperation.replace(
      'user { id email }',
      'user { securityEvents { edges { node { kind } } } }',
    );
    const variables = { input: { email: user.email, password } };
    const { data } = await gql<{ login: { user: unknown } }>(url, { query, variables });
    expect(data?.login.user).toEqual({
      securityEvents: { edges: [{ node: { kind: 'LOGIN' } }, { node: { kind: 'REGISTER' } }] },
    });
  });
});

describe('AUDIT-05 pages', () => {
  it('MUST neither repeat nor skip an event while new ones are recorded', async () => {
    const { user, token } = await register(url);
    let latest = token;
    for (let time = 0; time < 4; time += 1) latest = (await login(url, user.email)).token;
    const all = (await pageOf(url, latest)).edges.map(({ node }) => node.id);
    expect(all).toHaveLength(5);

    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 3; page += 1) {
      const { edges, pageInfo } = await pageOf(url, latest, { first: 2, after });
      seen.push(...edges.map(({ node }) => node.id));
      expect(pageInfo).toEqual({
        hasNextPage: page < 2,
        hasPreviousPage: page > 0,
        startCursor: edges.at(0)?.cursor,
        endCursor: edges.at(-1)?.cursor,
      });
      after = pageInfo.endCursor;
      latest = (await login(url, user.email)).token;
    }
    expect(seen).toEqual(all);
    expect((await pageOf(url, latest, { after })).edges).toEqual([]);
  });

  it('MUST be refused for a size out of range, a malformed cursor, and one of another user', async () => {
    const { token } = await register(url);
    const other = await register(url);
    const foreign = (await pageOf(url, other.token)).pageInfo.endCursor ?? '';
    const history = '{ me { history { pageInfo { endCursor } } } }';
    const { data } = await gql<{ me: { history: { pageInfo: { endCursor: string } } } }>(url, {
      query: history,
      token,
    });
    const ofHistory = data?.me.history.pageInfo.endCursor ?? '';
    const madeUp = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
    expect(await codeOf(other.token, { after: foreign })).toBe('answered');
    for (const after of [foreign, ofHistory, madeUp, `${foreign}=`, 'nonsense', '', '\u0000']) {
      expect([after, await codeOf(token, { after })]).toEqual([after, 'BAD_USER_INPUT']);
    }
    for (const first of [0, -1, 101, 2_147_483_647]) {
      expect([first, await codeOf(token, { first })]).toEqual([first, 'BAD_USER_INPUT']);
    }
    expect(await codeOf(token, { first: 100 })).toBe('answered');
  });
});

describe('AUDIT-06 the deletion of an account', () => {
  it('MUST keep the kinds of its events, and erase their clients', async () => {
    const node = await startNode();
    const { user, token } = await register(node.url, { device: phone });
    await loginResult(node.url, user.email, 'not the password at all');
    await expectHappenings(node.url, token, ['REGISTER SUCCEEDED', 'LOGIN WRONG_PASSWORD']);
    // The deletion comes before this event is written.
    await loginResult(node.url, user.email, 'not this one either');
    expect(await run(node.url, 'deleteAccount', null, token)).toMatchObject({ id: user.id });
    await node.stop();

    const rows = await rowsOf(
      node.database,
      `select kind, outcome, user_id, device_name, user_agent, ip from hufu.security_events order by at, id`,
    );
    const nowhere = { user_id: user.id, device_name: null, user_agent: null, ip: null };
    expect(rows).toContainEqual({ kind: 'REGISTER', outcome: 'SUCCEEDED', ...nowhere });
    expect(rows).toContainEqual({ kind: 'LOGIN', outcome: 'WRONG_PASSWORD', ...nowhere });
    expect(rows.at(-1)).toEqual({ kind: 'DELETE_ACCOUNT', outcome: 'SUCCEEDED', ...nowhere });
    for (const row of rows) expect(row).toMatchObject(nowhere);
  });
});
