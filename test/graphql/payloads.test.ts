// Payloads that name the user whose sessions they changed, which keeps a client's cache current without another request, and
// refusals that name their session.

import { beforeAll, describe, expect, test } from 'vitest';

import { gql, type Operation } from '../support/gql.js';
import { laptop, login, password, phone, register } from '../support/operations.js';
import { subscribe, connect } from '../support/socket.js';
import { type RunningNode, startNode } from '../support/startNode.js';

interface Payload {
  readonly user: { readonly id: string; readonly sessions: readonly { readonly id: string }[] } | null;
  readonly token?: string;
  readonly session?: { readonly id: string } | null;
}
const fields = 'user { id sessions { id } }';

let node: RunningNode;
beforeAll(async () => {
  node = await startNode({ env: { SESSION_LIMIT: '0' } });
});

/** Registers a user and signs them in on a second device. */
async function onTwoDevices() {
  const first = await register(node.url, { device: phone });
  return { first, second: await login(node.url, first.user.email, laptop) };
}

async function send(operation: Operation<Record<string, Payload>>, token?: string) {
  const { data, errors } = await gql(node.url, {
    query: operation,
    ...(token === undefined ? {} : { token }),
  });
  expect(errors).toEqual([]);
  return Object.values(data ?? {})[0];
}

describe('a payload contains the user with the remaining sessions', () => {
  test('endSession', async () => {
    const { first, second } = await onTwoDevices();
    const operation = `mutation {
      endSession(input: { id: "${first.session.id}" }) { ... on EndSessionSuccess { ${fields} } }
    }`;
    expect((await send(operation, second.token))?.user).toEqual({
      id: first.user.id,
      sessions: [{ id: second.session.id }],
    });
  });

  test('endOtherSessions', async () => {
    const { first, second } = await onTwoDevices();
    const payload = await send(`mutation { endOtherSessions { ${fields} } }`, second.token);
    expect(payload?.user).toEqual({ id: first.user.id, sessions: [{ id: second.session.id }] });
  });

  test('changePassword', async () => {
    const { first, second } = await onTwoDevices();
    const input = `{ currentPassword: "${password}", newPassword: "four boats in the fog" }`;
    const payload = await send(
      `mutation { changePassword(input: ${input}) { ... on ChangePasswordSuccess { session { id } ${fields} } } }`,
      second.token,
    );
    expect(payload?.user).toEqual({ id: first.user.id, sessions: [{ id: payload?.session?.id }] });
  });

  test('logout, which has null without a signed-in user', async () => {
    const { first, second } = await onTwoDevices();
    const operation = `mutation { logout { session { id } ${fields} } }`;
    expect(await send(operation, second.token)).toEqual({
      session: { id: second.session.id },
      user: { id: first.user.id, sessions: [{ id: first.session.id }] },
    });
    for (const token of [second.token, 'forged', undefined]) {
      expect(await send(operation, token)).toEqual({ session: null, user: null });
    }
  });
});

describe('SignedOut names the session that ended', () => {
  const state = 'query { session { ... on SignedOut { sessionId reason } } }';

  test('for the token of an ended session, and for no other token', async () => {
    const { first, second } = await onTwoDevices();
    await send('mutation { logout { session { id } } }', first.token);

    expect(await send(state, first.token)).toEqual({ sessionId: first.session.id, reason: 'LOGGED_OUT' });
    expect(await send(state, second.token)).toEqual({});
    expect(await send(state, `${first.token}x`)).toEqual({ sessionId: null, reason: 'INVALID_TOKEN' });
    expect(await send(state)).toEqual({ sessionId: null, reason: 'NO_TOKEN' });
  });

  test('in the event over a websocket', async () => {
    const { first, second } = await onTwoDevices();
    const socket = await connect(node.url, first.token);
    subscribe(socket, 'end', 'subscription { sessionEnded { sessionId reason } }');
    await send('mutation { endOtherSessions { sessions { id } } }', second.token);
    expect(await socket.message('next')).toMatchObject({
      payload: { data: { sessionEnded: { sessionId: first.session.id, reason: 'REVOKED' } } },
    });
  });
});
