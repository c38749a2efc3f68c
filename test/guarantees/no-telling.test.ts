// Whether an email has an account shows in nothing that a failed login answers, nor in the time it takes.

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

describe('ACCOUNT-08 a failed login MUST NOT tell whether the email has an account', () => {
  it('answers the same, in the same time', { timeout: 60_000 }, async () => {
    const { user } = await register(url);
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 25; round += 1) {
      const right = await failedLogin(user.email);
      const wrong = await failedLogin(randomEmail());
      expect(wrong.answer).toEqual(right.answer);
      expect(right.answer.data?.login.__typename).toBe('InvalidCredentials');
      known.push(right.milliseconds);
      unknown.push(wrong.milliseconds);
    }
    // A missing hash would make one of them several times quicker; the bound is far from both.
    expect(median(unknown) / median(known)).toBeGreaterThan(0.6);
    expect(median(unknown) / median(known)).toBeLessThan(1 / 0.6);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
