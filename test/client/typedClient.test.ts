// A session from registration to logout by operations that codegen's client preset types, sent with graphql-request.

import { ClientError, GraphQLClient } from 'graphql-request';
import { beforeAll, describe, expect, test } from 'vitest';

import { type RunningNode, startNode } from '../support/startNode.js';
import {
  loginDocument,
  logoutDocument,
  meDocument,
  registerDocument,
  sessionDocument,
} from '../../examples/client/operations.js';

const account = { email: 'mei@example.com', password: 'green lantern over the river' };

describe('a typed client', () => {
  let node: RunningNode;

  beforeAll(async () => {
    node = await startNode();
  });

  const client = (token?: string) =>
    new GraphQLClient(
      `${node.url}/graphql`,
      token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    );

  test('registers, signs in on a second device, and learns why the first one is refused', async () => {
    const { register } = await client().request(registerDocument, {
      input: { ...account, device: { kind: 'MOBILE', name: 'Pixel 9' } },
    });
    if (register.__typename !== 'RegisterSuccess') throw new Error(register.__typename);
    const phone = client(register.token);
    expect((await phone.request(meDocument)).me).toMatchObject({
      email: account.email,
      sessions: [{ id: register.session.id, current: true }],
    });

    const { login } = await client().request(loginDocument, {
      input: { ...account, device: { kind: 'DESKTOP', name: 'ThinkPad' } },
    });
    if (login.__typename !== 'LoginSuccess') throw new Error(login.__typename);
    expect(login.session).toMatchObject({ current: true, device: { kind: 'DESKTOP', name: 'ThinkPad' } });
    expect(login.superseded).toEqual([
      {
        id: register.session.id,
        endReason: 'SUPERSEDED',
        endedAt: expect.any(String) as string,
        supersededBy: { id: login.session.id },
      },
    ]);

    const refusal: unknown = await phone.request(meDocument).catch((error: unknown) => error);
    if (!(refusal instanceof ClientError)) throw new Error('the superseded token was not refused');
    expect(refusal.response.errors?.[0]?.extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'SUPERSEDED',
      at: login.superseded[0]?.endedAt,
      by: { kind: 'DESKTOP', name: 'ThinkPad' },
    });
    expect((await phone.request(sessionDocument)).session).toEqual({
      __typename: 'SignedOut',
      reason: 'SUPERSEDED',
      at: login.superseded[0]?.endedAt,
      by: { kind: 'DESKTOP', name: 'ThinkPad' },
    });

    const laptop = client(login.token);
    expect((await laptop.request(logoutDocument)).logout.session).toEqual({
      id: login.session.id,
      endReason: 'LOGGED_OUT',
    });
    expect((await laptop.request(sessionDocument)).session).toMatchObject({ reason: 'LOGGED_OUT' });
  });

  test('gets the suggestions for a weak password', async () => {
    const { register } = await client().request(registerDocument, {
      input: { email: 'lin@example.com', password: 'short' },
    });
    expect(register).toMatchObject({
      __typename: 'WeakPassword',
      suggestions: expect.any(Array) as string[],
    });
  });
});
