// The cache of verified session tokens: it saves signature checks, and never changes an answer.

import jsonwebtoken from 'jsonwebtoken';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { createKeyring } from '../../src/tokens/keyring.js';
import { createSessionTokens, createVerifiedTokens, defaultBounds } from '../../src/tokens/sessionToken.js';

const settings = { keyring: createKeyring('a secret', null), issuer: 'hufu', audience: 'hufu' };
const start = 1_767_225_600;
const at = (seconds: number) => new Date((start + seconds) * 1_000);
const session = {
  userId: '0b6b5b7e-3c1d-4c55-9a45-2f6f1f0c9a01',
  sessionId: '7d9f3f4a-8e0b-4b8e-8a53-5d1f0a3a7c02',
  signedInAt: at(0),
  expiresAt: at(100),
};

// The real library, with a count of the signature checks.
const verifications = vi.spyOn(jsonwebtoken, 'verify');
afterEach(() => verifications.mockClear());

describe('the cache of verified tokens', () => {
  it('saves the second signature check, and returns the same claims', () => {
    const tokens = createSessionTokens(settings);
    const token = tokens.sign(session, at(0));
    const first = tokens.verify(token, at(1));
    expect(tokens.verify(token, at(2))).toEqual(first);
    expect(first.kind).toBe('valid');
    expect(verifications).toHaveBeenCalledTimes(1);
  });

  it('never returns a token as valid after its expiry', () => {
    const tokens = createSessionTokens(settings);
    const token = tokens.sign(session, at(0));
    const first = tokens.verify(token, at(99));
    expect(first.kind).toBe('valid');
    expect(tokens.verify(token, at(100))).toEqual({ ...first, kind: 'expired' });
    expect(verifications).toHaveBeenCalledTimes(1);
    tokens.verify(token, at(101));
    expect(verifications).toHaveBeenCalledTimes(2);
  });

  it('never answers for a similar token', () => {
    const tokens = createSessionTokens(settings);
    const token = tokens.sign(session, at(0));
    tokens.verify(token, at(1));
    const last = token.endsWith('A') ? 'B' : 'A';
    expect(tokens.verify(token.slice(0, -1) + last, at(1))).toEqual({ kind: 'invalid' });
    expect(tokens.verify(`${token} `, at(1))).toEqual({ kind: 'invalid' });
  });

  it('never keeps a forged or expired token', () => {
    const tokens = createSessionTokens(settings);
    const forged = createSessionTokens({ ...settings, issuer: 'other' }).sign(session, at(0));
    const expired = tokens.sign(session, at(0));
    for (const now of [at(200), at(200), at(200)]) {
      expect(tokens.verify(forged, now)).toEqual({ kind: 'invalid' });
      expect(tokens.verify(expired, now).kind).toBe('expired');
    }
    expect(verifications).toHaveBeenCalledTimes(6);
  });

  it('is separate for each keyring', () => {
    const tokens = createSessionTokens(settings);
    const token = tokens.sign(session, at(0));
    expect(tokens.verify(token, at(1)).kind).toBe('valid');
    const rotated = createSessionTokens({ ...settings, keyring: createKeyring('a new secret', null) });
    expect(rotated.verify(token, at(1))).toEqual({ kind: 'invalid' });
  });

  it('returns frozen claims', () => {
    const tokens = createSessionTokens(settings);
    const token = tokens.sign(session, at(0));
    const verified = tokens.verify(token, at(1));
    expect(verified.kind === 'valid' && Object.isFrozen(verified.claims)).toBe(true);
  });

  it('holds at most its number of tokens, and evicts the least recently used one', () => {
    const tokens = createVerifiedTokens<object>({ maxTokens: 2, maxBytes: 1_000_000 });
    tokens.add('one', { n: 1 });
    tokens.add('two', { n: 2 });
    expect(tokens.find('one')).toEqual({ n: 1 });
    tokens.add('three', { n: 3 });
    expect(tokens.find('two')).toBeUndefined();
    expect(tokens.find('one')).toEqual({ n: 1 });
    tokens.remove('one');
    expect(tokens.find('one')).toBeUndefined();
  });

  it('holds at most its number of bytes', () => {
    const tokens = createVerifiedTokens<object>({ maxTokens: 100, maxBytes: 10_000 });
    const names = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(2_600));
    for (const name of names) tokens.add(name, {});
    expect(names.map((name) => tokens.find(name) !== undefined)).toEqual([false, true, true, true]);
    tokens.add('e'.repeat(10_000), {});
    expect(tokens.find('e'.repeat(10_000))).toBeUndefined();
  });

  it('uses the bounds of the settings, by default 10,000 tokens and 8 MiB', () => {
    const tokens = createSessionTokens({ ...settings, cache: { ...defaultBounds, maxTokens: 1 } });
    const first = tokens.sign(session, at(0));
    const second = tokens.sign(session, at(1));
    for (const token of [first, second, first, second]) tokens.verify(token, at(2));
    expect(verifications).toHaveBeenCalledTimes(4);
    expect(defaultBounds).toEqual({ maxTokens: 10_000, maxBytes: 8_388_608 });
  });
});
