// What was acknowledged is there after kill -9 of the node, on both databases.

import { describe, expect, it } from 'vitest';

import { gql } from '../support/gql.js';
import { login, meOperation, register, type SignedInFields } from '../support/operations.js';
import { spawnNode } from '../support/spawnNode.js';

describe('SESSION-07 an acknowledged write survives kill -9 of the node', () => {
  it(
    'MUST keep every session of 200 logins that was acknowledged before the kill',
    { timeout: 90_000 },
    async () => {
      const node = await spawnNode();
      const people = await Promise.all(Array.from({ length: 20 }, () => register(node.url)));

      const acknowledged: SignedInFields[] = [];
      const attempts = people.map(async ({ user }) => {
        for (let count = 0; count < 10; count += 1) {
          acknowledged.push(await login(node.url, user.email));
          if (acknowledged.length === 80) await node.kill();
        }
      });
      const results = await Promise.allSettled(attempts);
      expect(results.some(({ status }) => status === 'rejected')).toBe(true);
      expect(acknowledged.length).toBeGreaterThanOrEqual(80);
      expect(acknowledged.length).toBeLessThan(200);

      const again = await spawnNode({ database: node.database });
      const reasons = await Promise.all(
        acknowledged.map(async ({ token }) => {
          const { errors } = await gql(again.url, { query: meOperation, token });
          return errors[0]?.extensions.reason ?? 'live';
        }),
      );
      // None is unknown; and a person's newest acknowledged login stands unless one came after of which no client heard.
      expect(new Set(reasons)).toEqual(new Set(['live', 'SUPERSEDED']));
    },
  );
});
