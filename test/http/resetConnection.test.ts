// A client that resets its connection cannot hide its IP from the session history.

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { gql, type Operation } from '../support/gql.js';
import { login, loginOperation, password, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

const ipsOperation: Operation<{
  me: { history: { edges: { node: { ipAddress: string | null } }[] } };
}> = '{ me { history(first: 50) { edges { node { ipAddress } } } } }';

test('RESET-01 a login whose client resets the connection at once MUST be recorded with its IP', async () => {
  const { url } = await startNode();
  const { user } = await register(url);
  const input = { email: user.email, password };
  const body = JSON.stringify({ query: loginOperation, variables: { input } });
  const text =
    `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
    `content-length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`;
  for (let turn = 0; turn < 20; turn += 1) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    // In two pieces, so that the node handles the request after the reset.
    socket.write(text.slice(0, -5));
    await wait(turn % 5);
    socket.write(text.slice(-5), () => socket.resetAndDestroy());
    await wait(20);
  }
  await wait(1_000);
  const { token } = await login(url, user.email);
  const { data } = await gql(url, { query: ipsOperation, token });
  const ips = data?.me.history.edges.map(({ node }) => node.ipAddress) ?? [];
  expect(ips.length).toBeGreaterThan(1);
  expect(new Set(ips)).toEqual(new Set(['127.0.0.1']));
});
