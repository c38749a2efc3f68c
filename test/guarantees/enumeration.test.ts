// Neither the answer of a failed login nor its time reveals whether an e-mail has an account.

import { describe, expect, it } from 'vitest';

import { gql } from '../support/gql.js';
import { loginOperation, randomEmail, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

const { url } = await startNode({ env: { RATE_LIMITS: 'off' }, hashing: {} });

async function failedLogin(email: string) {
  const start = performance.now();
  const { status, data, errors } = await gql(url, {
    query: loginOperation,
    variables: { input: { email, password: 'not the right password' } },
  });
  return { answer: { status, data, errors }, milliseconds: performance.now() - start };
}

describe('ACCOUNT-08 a failed login', () => {
  it(
    'MUST get the same answer in the same time, with and without an account',
    { timeout: 60_000 },
    async () => {
      const { user } = await register(url);
      const known: number[] = [];
      const unknown: number[] = [];
      for (let round = 0; round < 25; round += 1) {
        const withAccount = await failedLogin(user.email);
        const without = await failedLogin(randomEmail());
        expect(without.answer).toEqual(withAccount.answer);
        expect(withAccount.answer.data?.login.__typename).toBe('InvalidCredentials');
        known.push(withAccount.milliseconds);
        unknown.push(without.milliseconds);
      }
      // Without the dummy hash an unknown e-mail would be answered several times faster, far outside of these bounds.
      expect(median(unknown) / median(known)).toBeGreaterThan(0.6);
      expect(median(unknown) / median(known)).toBeLessThan(1 / 0.6);
    },
  );
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
