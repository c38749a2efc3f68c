// The rotation of JWT_SECRET in two steps, with nodes at different steps beside each other, and the keys that sign session
// tokens.

import { expect, test } from 'vitest';

import { attempt, attempts, limitsOn } from '../rateLimit/attempts.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, meOperation, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';
import { handmade, keyOf, nameOf } from './handmade.js';

const [before, after] = [
  'the secret before a rotation, 32 by',
  'the secret after a rotation, 32 byt',
] as const;

test.runIf(databaseKind === 'postgres')(
  'ROTATION-01 nodes at adjacent steps of a rotation MUST accept the tokens of each other, and share the counts of attempts',
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
    // First nodes before and at the first step run together, then nodes at the first and the second step.
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

test('KEYS-01 only the key for session tokens MUST sign them, and not the secret itself or another of its keys', async () => {
  const { url } = await startNode({ env: { JWT_SECRET: after, JWT_SECRET_PREVIOUS: before } });
  const { token } = await register(url);
  const [head = '', body = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  const outcome = async (key: string | Buffer, kid: string) => {
    const header = { ...(JSON.parse(head) as object), kid };
    const { errors } = await gql(url, { query: meOperation, token: handmade(header, body, key) });
    return errors[0]?.extensions.reason ?? 'live';
  };

  for (const [secret, other] of [
    [after, before],
    [before, after],
  ] as const) {
    const key = keyOf('session tokens', secret);
    expect(await outcome(key, nameOf(key))).toBe('live');
    expect(await outcome(keyOf('session tokens', other), nameOf(key))).toBe('INVALID_TOKEN');
    for (const wrong of [secret, keyOf('link tokens', secret)])
      for (const kid of [nameOf(key), nameOf(wrong)]) expect(await outcome(wrong, kid)).toBe('INVALID_TOKEN');
  }
});
