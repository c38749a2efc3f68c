// The main guarantee, over a real port: a newer login supersedes the older session for good, and the older device learns the
// reason.

import { describe, expect, it } from 'vitest';

import { gql } from '../support/gql.js';
import {
  historyOperation,
  laptop,
  login,
  loginOperation,
  logoutOperation,
  meOperation,
  password,
  phone,
  register,
  registerOperation,
  randomEmail,
  sessionOperation,
} from '../support/operations.js';
import { startNode } from '../support/startNode.js';

const { url } = await startNode();

async function refusal(token: string) {
  const { status, data, errors } = await gql(url, { query: meOperation, token });
  expect(status).toBe(200);
  expect(data).toEqual({ me: null });
  expect(errors).toHaveLength(1);
  return errors[0]?.extensions;
}

describe('SESSION-01 the row of a session', () => {
  it('MUST decide on every request whether its token is accepted', async () => {
    const ann = await register(url, { device: phone });
    expect((await gql(url, { query: meOperation, token: ann.token })).data?.me?.id).toBe(ann.user.id);

    const again = await login(url, ann.user.email, laptop);
    expect(await refusal(ann.token)).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SUPERSEDED' });
    expect((await gql(url, { query: meOperation, token: again.token })).data?.me?.id).toBe(ann.user.id);
  });
});

describe('SESSION-02 the limit of one session', () => {
  it('MUST leave exactly one live session after 50 parallel logins', async () => {
    const { user } = await register(url);
    const logins = await Promise.all(Array.from({ length: 50 }, () => login(url, user.email, phone)));
    const answers = await Promise.all(
      logins.map(({ token }) => gql(url, { query: historyOperation, token })),
    );
    const live = answers.filter(({ errors }) => errors.length === 0);
    expect(live).toHaveLength(1);
    const refused = answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.reason));
    expect(refused).toEqual(Array.from({ length: 49 }, () => 'SUPERSEDED'));

    const history = live[0]?.data?.me.history.edges.map(({ node }) => node) ?? [];
    expect(history).toHaveLength(51);
    expect(history.filter(({ endedAt }) => endedAt === null)).toHaveLength(1);
    // Every session but the live one has a successor of its own.
    expect(new Set(history.map((session) => session.supersededBy?.id ?? null)).size).toBe(51);
  });
});

describe('SESSION-03 an ended session', () => {
  it('MUST stay ended, with its reason, when the newer session logs out', async () => {
    const first = await register(url, { device: phone });
    const second = await login(url, first.user.email, laptop);
    const ended = await gql(url, { query: logoutOperation, token: second.token });
    expect(ended.data?.logout.session).toMatchObject({ id: second.session.id, endReason: 'LOGGED_OUT' });

    expect(await refusal(first.token)).toMatchObject({ reason: 'SUPERSEDED' });
    expect(await refusal(second.token)).toMatchObject({ reason: 'LOGGED_OUT' });

    const third = await login(url, first.user.email);
    const { data } = await gql(url, { query: historyOperation, token: third.token });
    expect(data?.me.sessions.map(({ id }) => id)).toEqual([third.session.id]);
    expect(
      data?.me.history.edges.map(({ node }) => [node.id, node.endReason, node.supersededBy?.id]),
    ).toEqual([
      [third.session.id, null, undefined],
      [second.session.id, 'LOGGED_OUT', undefined],
      [first.session.id, 'SUPERSEDED', second.session.id],
    ]);
  });

  it('MUST NOT end the newer session by a logout with its own token', async () => {
    const first = await register(url);
    const second = await login(url, first.user.email);
    const { data, errors } = await gql(url, { query: logoutOperation, token: first.token });
    expect({ data, errors }).toEqual({ data: { logout: { session: null } }, errors: [] });
    expect((await gql(url, { query: meOperation, token: second.token })).errors).toEqual([]);
  });
});

describe('SESSION-04 the refusal of a token', () => {
  it('MUST name the moment and the device that superseded the session', async () => {
    const first = await register(url, { device: phone });
    const second = await login(url, first.user.email, laptop);
    expect(await refusal(first.token)).toEqual({
      code: 'UNAUTHENTICATED',
      reason: 'SUPERSEDED',
      at: second.session.signedInAt,
      by: { kind: 'DESKTOP', name: 'Work laptop' },
    });
    expect(second.superseded).toMatchObject([
      {
        id: first.session.id,
        endReason: 'SUPERSEDED',
        supersededBy: { id: second.session.id },
        current: false,
      },
    ]);
  });

  it('MUST be NO_TOKEN or INVALID_TOKEN without any detail where no session is known', async () => {
    const { errors } = await gql(url, { query: meOperation });
    expect(errors[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'NO_TOKEN' });
    expect(await refusal('made.up.token')).toEqual({ code: 'UNAUTHENTICATED', reason: 'INVALID_TOKEN' });

    const { token, user } = await register(url);
    await login(url, user.email);
    const signature = token.slice(token.lastIndexOf('.') + 1);
    const forged = token.slice(0, -signature.length) + Buffer.from(signature).reverse().toString();
    expect(await refusal(forged)).toEqual({ code: 'UNAUTHENTICATED', reason: 'INVALID_TOKEN' });
  });
});

describe('SESSION-05 a client with an ended or invalid token', () => {
  it('MUST be able to use login, register, logout and session', async () => {
    const first = await register(url, { device: phone });
    await login(url, first.user.email, laptop);
    for (const token of [first.token, 'made.up.token', '']) {
      expect((await gql(url, { query: logoutOperation, token })).data?.logout.session).toBeNull();
      const { data, errors } = await gql(url, { query: sessionOperation, token });
      expect(errors).toEqual([]);
      expect(data?.session).toMatchObject({
        __typename: 'SignedOut',
        reason: token === first.token ? 'SUPERSEDED' : 'INVALID_TOKEN',
      });
      const back = await gql(url, {
        query: loginOperation,
        variables: { input: { email: first.user.email, password } },
        token,
      });
      expect(back.data?.login.__typename).toBe('LoginSuccess');
      const fresh = await gql(url, {
        query: registerOperation,
        variables: { input: { email: randomEmail(), password } },
        token,
      });
      expect(fresh.data?.register.__typename).toBe('RegisterSuccess');
    }
  });
});
