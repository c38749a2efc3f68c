// One address that sends more sign-ins than a node can hash, all of them right.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { gql } from '../support/gql.js';
import { historyOperation, login, meOperation, password, register } from '../support/operations.js';
import { spawnNode } from '../support/spawnNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { limitsOn } from './attempts.js';

const env = { ...limitsOn, RATE_LIMIT_IP_REGISTRATIONS_PER_HOUR: '1000' };

/** Sends many sign-ins down one connection, and waits for no answer. */
async function send(url: string, email: string, requests: number): Promise<Socket> {
  const { port, host } = new URL(url);
  const body = JSON.stringify({
    query: 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }',
    variables: { input: { email, password } },
  });
  const request =
    `POST /graphql HTTP/1.1\r\nhost: ${host}\r\nx-forwarded-for: 192.0.2.7\r\n` +
    `content-type: application/json\r\ncontent-length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`;
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined).resume();
  whenFileEnds(() => {
    socket.destroy();
    return Promise.resolve();
  });
  await once(socket, 'connect');
  socket.write(request.repeat(requests));
  return socket;
}

test(
  'GUESS-14 a flood of sign-ins from one address MUST leave the node to the others',
  { timeout: 60_000 },
  async () => {
    const { url } = await spawnNode({ env });
    const { token } = await register(url);
    const people = await Promise.all(Array.from({ length: 10 }, () => register(url)));
    const sockets = await Promise.all(people.map(({ user }) => send(url, user.email, 1_000)));
    await pause(1_000);
    for (let count = 0; count < 20; count += 1) {
      const { status, errors } = await gql(url, { query: meOperation, token });
      expect({ status, errors }).toEqual({ status: 200, errors: [] });
    }
    // Another address signs in meanwhile.
    const other = await register(url);
    expect((await login(url, other.user.email)).__typename).toBe('LoginSuccess');
    for (const socket of sockets) socket.destroy();
  },
);

test(
  'GUESS-15 what a client has asked for that has gone MUST NOT be begun',
  { timeout: 60_000 },
  async () => {
    const { url } = await spawnNode({ env });
    const { user } = await register(url);
    const socket = await send(url, user.email, 60);
    await pause(300);
    socket.destroy();
    // The few sign-ins that the node had read may still be under way, and supersede this one.
    let logins = 0;
    let opened: number | undefined;
    while (opened === undefined) {
      const { token } = await login(url, user.email);
      logins += 1;
      await pause(500);
      const { data, errors } = await gql(url, { query: historyOperation, token });
      if (errors.length === 0) opened = data?.me.history.edges.length;
    }
    // Without those of just now: the registration's, and those that were begun before the client went.
    opened -= logins;
    expect(opened).toBeGreaterThan(1);
    expect(opened).toBeLessThan(50);
  },
);
