// Sealed secrets in the database, and the keys that open them.

import { describe, expect, it } from 'vitest';

import { isSealedByCurrent, seal, unseal } from '../../src/common/sealing.js';
import { createDataKeys } from '../../src/tokens/keyring.js';

const [old, next] = [
  'the key of this server, the first one',
  'the key of this server, the second one',
] as const;
const keys = createDataKeys(old, null);
const secret = Buffer.from('a seed of an authenticator app');

describe('SEALING-01 a sealed secret', () => {
  it('MUST open only in its own row, and have a new ciphertext each time', () => {
    const sealed = seal(keys, 'totp_factors:1', secret);
    expect(unseal(keys, 'totp_factors:1', sealed)).toEqual(secret);
    expect(unseal(keys, 'totp_factors:2', sealed)).toBeNull();
    expect(sealed).not.toContain(secret.toString('base64url'));
    expect(seal(keys, 'totp_factors:1', secret)).not.toBe(sealed);
  });

  it('MUST NOT open when one character is changed or its end is cut off', () => {
    const sealed = seal(keys, 'row', secret);
    for (let index = 0; index < sealed.length; index += 1) {
      const other = sealed[index] === 'A' ? 'B' : 'A';
      const changed = sealed.slice(0, index) + other + sealed.slice(index + 1);
      // The last character of base64url has unused bits.
      if (Buffer.from(changed, 'base64url').equals(Buffer.from(sealed, 'base64url'))) continue;
      expect(unseal(keys, 'row', changed)).toBeNull();
      expect(unseal(keys, 'row', sealed.slice(0, index))).toBeNull();
    }
  });

  it('MUST open during both steps of a key rotation, on nodes at either step', () => {
    const sealed = seal(keys, 'row', secret);
    const [first, second, after] = [
      createDataKeys(old, next),
      createDataKeys(next, old),
      createDataKeys(next, null),
    ];
    expect(unseal(first, 'row', sealed)).toEqual(secret);
    expect(unseal(second, 'row', sealed)).toEqual(secret);
    expect([keys, first, second, after].map((of) => isSealedByCurrent(of, sealed))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(unseal(first, 'row', seal(second, 'row', secret))).toEqual(secret);
    expect(unseal(after, 'row', sealed)).toBeNull();
  });
});
