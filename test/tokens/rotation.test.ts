// The two steps in which the signing secret is changed, with nodes at different steps beside each other.

import { expect, test } from 'vitest';

import { attempt, attempts, limitsOn } from '../rateLimit/attempts.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, meOperation, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

const [before, after] = [
  'the secret before a rotation, 32 by',
  'the secret after a rotation, 32 byt',
] as const;

test.runIf(databaseKind === 'postgres')(
  'ROTATION-01 no node MUST refuse a live token on the way, and no count start again',
  async () => {
    const database = await readyDatabase();
    const at = (current: string, previous: string) =>
      startNode({ database, env: { ...limitsOn, JWT_SECRET: current, JWT_SECRET_PREVIOUS: previous } });
    const untouched = await at(before, '');
    const firstStep = await at(before, after);
    const secondStep = await at(after, before);
    const isLive = async (url: string, token: string) =>
      (await gql(url, { query: meOperation, token })).errors.length === 0;

    const { user } = await register(untouched.url);
    // Nodes before and at the first step are beside each other, then nodes at the first and the second step.
    for (const together of [
      [untouched, firstStep],
      [firstStep, secondStep],
    ]) {
      for (const signer of together) {
        const { token } = await login(signer.url, user.email);
        for (const { url } of together) expect(await isLive(url, token)).toBe(true);
      }
    }

    await attempts(10, untouched.url, user.email);
    for (const { url } of [untouched, firstStep, secondStep])
      expect((await attempt(url, user.email)).__typename).toBe('TooManyAttempts');
  },
);
