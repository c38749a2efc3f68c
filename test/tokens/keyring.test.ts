// The keys that are derived from the current and the previous secret, one for each use.

import { describe, expect, it } from 'vitest';

import { createKeyring } from '../../src/tokens/keyring.js';
import { keyOf, nameOf } from './handmade.js';

const secret = 'a-secret-of-this-server-with-an-é-in-it';
const previous = 'the-secret-that-this-server-had-before';
const uses = ['sessionTokens', 'linkTokens', 'rateLimits'] as const;

describe('the keyring', () => {
  it.each([
    ['sessionTokens', 'session tokens'],
    ['linkTokens', 'link tokens'],
  ] as const)("derives the keys of %s from the secrets' UTF-8 bytes by HKDF-SHA-256", (use, label) => {
    const keys = createKeyring(secret, previous)[use];
    const [current, before] = [secret, previous].map((of) => keyOf(label, of));
    expect(keys.current.key.export()).toEqual(current);
    expect(keys.all.map((key) => key.export())).toEqual([current, before]);
    expect(keys.find(keys.current.kid)).toBe(keys.current.key);
    expect(keys.find(nameOf(before ?? ''))?.export()).toEqual(before);
  });

  it('derives another key for each use, and never uses the secret itself', () => {
    const keyring = createKeyring(secret, null);
    const keys = uses.map((use) => keyring[use].current.key.export().toString('hex'));
    expect(new Set([...keys, Buffer.from(secret).toString('hex')]).size).toBe(uses.length + 1);
    expect(keys.every((key) => key.length === 64)).toBe(true);
  });

  it('gives each key the same kid on every node, which does not reveal the secret', () => {
    const { kid } = createKeyring(secret, null).sessionTokens.current;
    expect(createKeyring(secret, previous).sessionTokens.current.kid).toBe(kid);
    expect(createKeyring(previous, secret).sessionTokens.current.kid).not.toBe(kid);
    expect(createKeyring(secret, null).linkTokens.current.kid).not.toBe(kid);
    expect(kid).toMatch(/^[\w-]{16}$/);
    expect(kid).toBe(nameOf(keyOf('session tokens', secret)));
  });

  it('finds no key by another name', () => {
    const keys = createKeyring(secret, null).sessionTokens;
    const others = [createKeyring(previous, null).sessionTokens, createKeyring(secret, null).linkTokens];
    for (const kid of ['', 'constructor', '__proto__', ...others.map(({ current }) => current.kid)]) {
      expect(keys.find(kid)).toBeUndefined();
    }
  });

  it('accepts a previous secret that equals the current one', () => {
    const { current, ...keys } = createKeyring(secret, secret).sessionTokens;
    expect(keys.find(current.kid)?.equals(current.key)).toBe(true);
  });
});
