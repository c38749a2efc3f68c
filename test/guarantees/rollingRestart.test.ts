// Nodes behind nginx that are restarted one after the other, while clients go on.

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
  /** What went wrong. */
  readonly failures: readonly string[];
  /** How much went well, by kind. */
  readonly done: ReadonlyMap<string, number>;
  /** Ends after what is under way. */
  stop(): Promise<void>;
}

/** @param stopped resolves when the load ends */
type Act = (stopped: Promise<unknown>) => Promise<unknown>;

/** Does each act again and again, with its pauses, as one client each. */
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

  it('MUST be restarted one after the other without an error of a client', { timeout: 120_000 }, async () => {
    const database = await readyDatabase();
    const ports = [await freePort(), await freePort(), await freePort()];
    const env = { TRUST_PROXY: '1', SHUTDOWN_DELAY_SECONDS: '1' };
    const start = (port: number) => spawnNode({ database, env: { ...env, PORT: String(port) } });
    const nodes = await Promise.all(ports.map(start));
    const nginx = await startNginx(ports);
    const { url } = nginx;

    const looking = await register(url);
    const signingIn = await register(url);
    const listening = await register(url);
    const look = async (maxPauseMs: number) => {
      await pause(Math.random() * maxPauseMs);
      const { data, errors } = await gql(url, { query: meOperation, token: looking.token });
      if (data?.me?.id !== looking.user.id) throw new Error(JSON.stringify(errors));
    };
    const signIn = async () => {
      await pause(500);
      const variables = { input: { email: signingIn.user.email, password } };
      const { data, errors } = await gql(url, { query: loginOperation, variables });
      if (data?.login.__typename !== 'LoginSuccess') throw new Error(JSON.stringify({ data, errors }));
    };
    const listen: Act = async (stopped) => {
      // A node may end the socket before the subscription is set up. The device connects again then as well.
      const device = await connect(url, listening.token);
      subscribe(device);
      const ended = async () => (await device.closed(60_000)).code === 1001;
      if (!(await Promise.race([ended(), stopped]))) throw new Error('closed with another code than 1001');
      device.close();
    };
    // Some connections of nginx are never idle, others are for as long as a node that stops keeps them.
    const load = startLoad([
      ...times(8, () => ['look', () => look(20)] as const),
      ...times(16, () => ['look', () => look(1_500)] as const),
      ['signIn', signIn],
      ...times(6, () => ['listen', listen] as const),
    ]);
    for (const [index, port] of ports.entries()) {
      expect(await nodes[index]?.stop()).toBe(0);
      nodes[index] = await start(port);
    }
    await load.stop();
    expect(load.failures, nginx.errors().join('\n')).toEqual([]);
    // Each node was left by the devices that it had; the others took them.
    expect(load.done.get('listen')).toBeGreaterThanOrEqual(6);
    const device = await watch(url, listening.token);
    await login(url, listening.user.email);
    expect(await sessionEndedOn(device)).toMatchObject({ reason: 'SUPERSEDED' });
  });
});
