// One network sends more logins than a node can hash, all with the right password.

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

/** Sends many logins over one connection, and waits for no response. */
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
  'GUESS-14 a flood of logins from one network MUST NOT keep the node from serving other clients',
  { timeout: 60_000 },
  async () => {
    const { url } = await spawnNode({ env });
    const { token } = await register(url);
    const users = await Promise.all(Array.from({ length: 10 }, () => register(url)));
    const sockets = await Promise.all(users.map(({ user }) => send(url, user.email, 1_000)));
    await pause(1_000);
    for (let count = 0; count < 20; count += 1) {
      const { status, errors } = await gql(url, { query: meOperation, token });
      expect({ status, errors }).toEqual({ status: 200, errors: [] });
    }
    // A client of another network signs in meanwhile.
    const other = await register(url);
    expect((await login(url, other.user.email)).__typename).toBe('LoginSuccess');
    for (const socket of sockets) socket.destroy();
  },
);

test(
  'GUESS-15 a node MUST NOT begin the queued logins of a client that has disconnected',
  { timeout: 60_000 },
  async () => {
    const { url } = await spawnNode({ env });
    const { user } = await register(url);
    const socket = await send(url, user.email, 60);
    await pause(300);
    socket.destroy();
    // The few logins that the node had begun may still supersede this one.
    let logins = 0;
    let opened: number | undefined;
    while (opened === undefined) {
      const { token } = await login(url, user.email);
      logins += 1;
      await pause(500);
      const { data, errors } = await gql(url, { query: historyOperation, token });
      if (errors.length === 0) opened = data?.me.history.edges.length;
    }
    // Without the logins of this loop: the registration, and the logins that began before the client disconnected.
    opened -= logins;
    expect(opened).toBeGreaterThan(1);
    expect(opened).toBeLessThan(50);
  },
);
