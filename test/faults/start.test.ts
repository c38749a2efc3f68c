// A node that is started before its database can be reached.

import { describe, expect, it } from 'vitest';

import { databaseKind } from '../support/database.js';
import { gql, type GqlRequest } from '../support/gql.js';
import { loginOperation, meOperation, newAddress, password, register } from '../support/operations.js';
import { spawnNode } from '../support/spawnNode.js';
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
    'takes connections and says nothing',
    (proxy) => {
      proxy.silence();
    },
  ],
];

describe.runIf(databaseKind === 'postgres')('FAULT-02 a database that is away when the node starts', () => {
  it.each(absences)(
    'and %s: MUST be answered, and heal by itself',
    { timeout: 60_000 },
    async (name, leave) => {
      const proxy = await startProxy((await freshServerDatabase()).url);
      leave(proxy);
      const startedAt = performance.now();
      const node = await spawnNode({ database: { env: { DATABASE_URL: proxy.url } } });
      const listensAfterMs = Math.round(performance.now() - startedAt);

      const variables = { input: { email: newAddress(), password } };
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
      await expect.poll(() => tried(node.url), { timeout: healMs }).toBe('RegisterSuccess');
      console.info(
        `${name} at the start: listens after ${String(listensAfterMs)} ms, ` +
          `healed after ${String(Math.round(performance.now() - backAt))} ms`,
      );
      expect((await fetch(`${node.url}/readyz`)).status).toBe(200);
      expect(await node.stop()).toBe(0);
    },
  );
});

/** What a registration comes to. */
async function tried(url: string): Promise<string> {
  return register(url).then(
    ({ __typename }) => __typename,
    (error: unknown) => String(error),
  );
}
