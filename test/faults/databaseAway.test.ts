// A node that starts while its database cannot be reached.

import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { databaseKind } from '../support/database.js';
import { gql, type GqlRequest } from '../support/gql.js';
import { loginOperation, meOperation, randomEmail, password, register } from '../support/operations.js';
import { spawnNode, type SpawnedNode } from '../support/spawnNode.js';
import { outcomeOf } from './load.js';
import { type Proxy, startProxy } from './proxy.js';
import { freshServerDatabase } from './serverDatabase.js';

const answerMs = 5_000;
const healMs = 10_000;

const absences: readonly (readonly [string, (proxy: Proxy) => void])[] = [
  [
    'refuses connections',
    (proxy) => {
      proxy.refuse();
    },
  ],
  [
    'accepts connections and does not answer',
    (proxy) => {
      proxy.silence();
    },
  ],
];

describe.runIf(databaseKind === 'postgres')('FAULT-02 a node whose database, at its start,', () => {
  it.each(absences)(
    '%s MUST answer requests, and heal when the database is back',
    { timeout: 60_000 },
    async (name, leave) => {
      const proxy = await startProxy((await freshServerDatabase()).url);
      leave(proxy);
      const startedAt = performance.now();
      const node = await spawnNode({ database: { env: { DATABASE_URL: proxy.url } } });
      const listensAfterMs = Math.round(performance.now() - startedAt);

      const variables = { input: { email: randomEmail(), password } };
      const asked: readonly (readonly [GqlRequest<unknown>, string])[] = [
        [{ query: '{ session { __typename } }' }, 'ok'],
        [{ query: meOperation }, 'UNAUTHENTICATED NO_TOKEN'],
        [{ query: meOperation, token: 'no.such.token' }, 'UNAUTHENTICATED INVALID_TOKEN'],
        [{ query: loginOperation, variables }, 'SERVICE_UNAVAILABLE'],
      ];
      for (const [request, outcome] of asked) {
        const askedAt = performance.now();
        expect(outcomeOf(await gql(node.url, request))).toBe(outcome);
        expect(performance.now() - askedAt).toBeLessThan(answerMs);
      }
      expect((await fetch(`${node.url}/healthz`)).status).toBe(200);
      expect((await fetch(`${node.url}/readyz`)).status).toBe(503);

      await proxy.pass();
      const backAt = performance.now();
      await expect.poll(() => registered(node.url), { timeout: healMs }).toBe('RegisterSuccess');
      console.info(
        `${name} at the start: listens after ${String(listensAfterMs)} ms, ` +
          `healed after ${String(Math.round(performance.now() - backAt))} ms`,
      );
      expect((await fetch(`${node.url}/readyz`)).status).toBe(200);
      expect(await node.stop()).toBe(0);
    },
  );
});

describe.runIf(databaseKind === 'postgres')('FAULT-04 the log of a node', () => {
  it('MUST name the cause of an outage once, and its end', { timeout: 60_000 }, async () => {
    const proxy = await startProxy((await freshServerDatabase()).url);
    const node = await spawnNode({ database: { env: { DATABASE_URL: proxy.url } } });
    const { token } = await register(node.url);
    const me = () => gql(node.url, { query: meOperation, token }).then(outcomeOf);

    proxy.refuse();
    for (let count = 0; count < 5; count += 1) expect(await me()).toBe('SERVICE_UNAVAILABLE');
    await proxy.pass();
    await expect.poll(me, { timeout: healMs }).toBe('ok');
    const lines = () => linesOf(node, / does not serve| serves again/);
    await expect.poll(async () => (await me(), lines().length), { timeout: 2 * healMs }).toBe(2);
    const [begun, over] = lines();
    expect(begun).toMatchObject({
      level: 40,
      err: { code: expect.stringMatching(/^(?:ECONN|CONNECTION_)/) as string },
    });
    expect(over).toMatchObject({ level: 30 });
    expect(await node.stop()).toBe(0);
  });

  it('MUST name a wrong database once the server can be reached', { timeout: 60_000 }, async () => {
    const proxy = await startProxy((await freshServerDatabase()).url);
    proxy.refuse();
    const url = new URL(proxy.url);
    url.pathname = '/no_such_database';
    const node = await spawnNode({ database: { env: { DATABASE_URL: url.href } } });
    await proxy.pass();
    const codes = () => linesOf(node, / cannot be (?:reached|used)/).map(({ err }) => err?.code);
    await expect.poll(codes, { timeout: healMs }).toEqual(['ECONNREFUSED', '3D000']);
    await pause(2_500);
    expect(codes()).toHaveLength(2);
    expect(await node.stop()).toBe(0);
  });
});

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly err?: { readonly code: string };
}

/** Returns the lines of a node's log whose message matches. */
function linesOf(node: SpawnedNode, message: RegExp): readonly Line[] {
  const lines = node
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Line).filter(({ msg }) => message.test(msg));
}

/** Registers a user and returns the outcome. */
async function registered(url: string): Promise<string> {
  return register(url).then(
    ({ __typename }) => __typename,
    (error: unknown) => String(error),
  );
}
