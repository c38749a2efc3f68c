// Nodes behind nginx restart one after the other while clients send requests.

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { databaseKind, readyDatabase } from '../support/database.js';
import { freePort } from '../support/freePort.js';
import { gql } from '../support/gql.js';
import { hasNginx, needsNginx, startNginx } from '../support/nginx.js';
import { login, loginOperation, meOperation, password, register } from '../support/operations.js';
import { connect, subscribe, sessionEndedOn, watch } from '../support/socket.js';
import { spawnNode } from '../support/spawnNode.js';

interface Load {
  /** The errors of clients. */
  readonly failures: readonly string[];
  /** The number of successful acts, by kind. */
  readonly done: ReadonlyMap<string, number>;
  /** Stops after the running acts. */
  stop(): Promise<void>;
}

/** @param stopped resolves when the load ends */
type Act = (stopped: Promise<unknown>) => Promise<unknown>;

/** Repeats each act, as a client of its own. */
function startLoad(acts: readonly (readonly [kind: string, act: Act])[]): Load {
  const failures: string[] = [];
  const done = new Map<string, number>();
  const stopping = new AbortController();
  const stopped = once(stopping.signal, 'abort');
  const clients = acts.map(async ([kind, act]) => {
    while (!stopping.signal.aborted) {
      try {
        await act(stopped);
        done.set(kind, (done.get(kind) ?? 0) + 1);
      } catch (error) {
        failures.push(`${kind}: ${String(error)}`);
      }
    }
  });
  return {
    failures,
    done,
    async stop() {
      stopping.abort();
      await Promise.all(clients);
    },
  };
}

const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

describe.runIf(databaseKind === 'postgres')('STOP-03 nodes behind nginx', () => {
  if (!hasNginx) {
    it.skip(needsNginx);
    return;
  }

  it('MUST restart one after the other without an error for a client', { timeout: 120_000 }, async () => {
    const database = await readyDatabase();
    const ports = [await freePort(), await freePort(), await freePort()];
    const env = { TRUST_PROXY: '1', SHUTDOWN_DELAY_SECONDS: '1' };
    const start = (port: number) => spawnNode({ database, env: { ...env, PORT: String(port) } });
    const nodes = await Promise.all(ports.map(start));
    const nginx = await startNginx(ports);
    const { url } = nginx;

    const reading = await register(url);
    const signingIn = await register(url);
    const listening = await register(url);
    const readMe = async (maxPauseMs: number) => {
      await pause(Math.random() * maxPauseMs);
      const { data, errors } = await gql(url, { query: meOperation, token: reading.token });
      if (data?.me?.id !== reading.user.id) throw new Error(JSON.stringify(errors));
    };
    const signIn = async () => {
      await pause(500);
      const variables = { input: { email: signingIn.user.email, password } };
      const { data, errors } = await gql(url, { query: loginOperation, variables });
      if (data?.login.__typename !== 'LoginSuccess') throw new Error(JSON.stringify({ data, errors }));
    };
    const listen: Act = async (stopped) => {
      // A node may close the socket before the subscription is accepted. The device then connects again too.
      const device = await connect(url, listening.token);
      subscribe(device);
      const ended = async () => (await device.closed(60_000)).code === 1001;
      if (!(await Promise.race([ended(), stopped]))) throw new Error('closed with another code than 1001');
      device.close();
    };
    // Some connections of nginx are never idle. Others are idle for as long as a stopping node keeps them.
    const load = startLoad([
      ...times(8, () => ['read', () => readMe(20)] as const),
      ...times(16, () => ['read', () => readMe(1_500)] as const),
      ['signIn', signIn],
      ...times(6, () => ['listen', listen] as const),
    ]);
    for (const [index, port] of ports.entries()) {
      expect(await nodes[index]?.stop()).toBe(0);
      nodes[index] = await start(port);
    }
    await load.stop();
    expect(load.failures, nginx.errors().join('\n')).toEqual([]);
    // Every device has moved to another node at least once.
    expect(load.done.get('listen')).toBeGreaterThanOrEqual(6);
    const device = await watch(url, listening.token);
    await login(url, listening.user.email);
    expect(await sessionEndedOn(device)).toMatchObject({ reason: 'SUPERSEDED' });
  });
});
