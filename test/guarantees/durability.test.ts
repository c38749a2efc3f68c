// Writes that a node acknowledged survive kill -9 of the node, on both databases.

import { describe, expect, it } from 'vitest';

import { login, reasonOf, register, type SignedInFields } from '../support/operations.js';
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
      const reasons = await Promise.all(acknowledged.map(({ token }) => reasonOf(again.url, token)));
      // No session is unknown. Only a later login, which may have been unacknowledged, has ended one.
      expect(new Set(reasons)).toEqual(new Set(['live', 'SUPERSEDED']));
    },
  );
});
