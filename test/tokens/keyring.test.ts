import { createHmac } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { createKeyring } from '../../src/tokens/keyring.js';

const secret = 'a-secret-of-this-server-with-an-é-in-it';
const previous = 'the-secret-that-this-server-had-before';

describe('the keyring', () => {
  it("makes keys of the secrets' UTF-8 bytes", () => {
    const keyring = createKeyring(secret, previous);
    expect(keyring.current.key.export()).toEqual(Buffer.from(secret, 'utf8'));
    expect(keyring.find(keyring.current.kid)).toBe(keyring.current.key);
    const before = createKeyring(previous, null).current;
    expect(keyring.find(before.kid)?.export()).toEqual(Buffer.from(previous, 'utf8'));
  });

  it('names a key alike on every node, apart from others, and without telling of the secret', () => {
    const { kid } = createKeyring(secret, null).current;
    expect(createKeyring(secret, previous).current.kid).toBe(kid);
    expect(createKeyring(previous, secret).current.kid).not.toBe(kid);
    expect(kid).toMatch(/^[\w-]{16}$/);
    expect(kid).toBe(createHmac('sha256', secret).update('kid').digest('base64url').slice(0, 16));
  });

  it('has no other keys', () => {
    const keyring = createKeyring(secret, null);
    for (const kid of ['', 'constructor', '__proto__', createKeyring(previous, null).current.kid]) {
      expect(keyring.find(kid)).toBeUndefined();
    }
  });

  it('takes a previous secret that is the current one', () => {
    const { current, ...keyring } = createKeyring(secret, secret);
    expect(keyring.find(current.kid)?.equals(current.key)).toBe(true);
  });
});
