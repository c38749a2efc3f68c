// Link tokens: one operation, one user, one link and a time.

import { describe, expect, it } from 'vitest';

import { createKeyring } from '../../src/tokens/keyring.js';
import { createLinkTokens, type LinkOperation, maxLinkSeconds } from '../../src/tokens/linkToken.js';
import { createSessionTokens } from '../../src/tokens/sessionToken.js';
import { handmade as madeWith, linkKey, secret, sessionKey, wrongValues } from './handmade.js';

const keyring = createKeyring(secret, null);
const tokens = createLinkTokens({ keyring, issuer: 'hufu' });

const iat = 1_767_225_600;
const at = (seconds: number) => new Date((iat + seconds) * 1_000);
const userId = '0b6b5b7e-3c1d-4c55-9a45-2f6f1f0c9a01';
const linkId = '7d9f3f4a-8e0b-4b8e-8a53-5d1f0a3a7c02';
const claims = { sub: userId, jti: linkId, iat, exp: iat + 1_800 };
const operations: readonly LinkOperation[] = ['verifyEmail', 'resetPassword', 'confirmEmailChange'];

const header = { alg: 'HS256', typ: 'link+jwt', kid: keyring.linkTokens.current.kid };
const handmade = (...[head, body, key = linkKey]: Parameters<typeof madeWith>) => madeWith(head, body, key);
const payload = { iss: 'hufu', aud: 'resetPassword', ...claims };
const verify = (changed: object, now = at(1)) =>
  tokens.verify(handmade(header, { ...payload, ...changed }), 'resetPassword', now);

describe('a link token', () => {
  it.each(operations)('of %s is valid for no other operation', (operation) => {
    const token = tokens.sign({ operation, userId, linkId, expiresAt: at(1_800.9) }, at(0.9));
    for (const other of operations) {
      const expected = other === operation ? { kind: 'valid', claims } : { kind: 'invalid' };
      expect(tokens.verify(token, other, at(2))).toEqual(expected);
    }
  });

  it('equals the JWT that the test makes from the secret', () => {
    const token = tokens.sign({ operation: 'resetPassword', userId, linkId, expiresAt: at(1_800) }, at(0));
    expect(token).toBe(
      handmade(header, { iss: 'hufu', aud: 'resetPassword', sub: userId, jti: linkId, iat, exp: claims.exp }),
    );
  });

  it('expires exactly at its second, and is expired only with a valid signature', () => {
    expect(verify({}, at(1_799.999))).toEqual({ kind: 'valid', claims });
    expect(verify({}, at(1_800))).toEqual({ kind: 'expired', claims });
    for (const key of ['another secret', secret, sessionKey]) {
      const forged = handmade(header, payload, key);
      for (const now of [at(1), at(1_800)])
        expect(tokens.verify(forged, 'resetPassword', now)).toEqual({ kind: 'invalid' });
    }
  });

  it('is valid for at most 31 days', () => {
    expect(verify({ exp: iat + maxLinkSeconds }).kind).toBe('valid');
    expect(verify({ exp: iat + maxLinkSeconds + 1 })).toEqual({ kind: 'invalid' });
    const link = { operation: 'verifyEmail', userId, linkId } as const;
    expect(() => tokens.sign({ ...link, expiresAt: at(32 * 86_400) }, at(0))).toThrow(RangeError);
    expect(() => tokens.sign({ ...link, expiresAt: at(-1) }, at(0))).toThrow(RangeError);
    expect(() => tokens.sign({ ...link, linkId: 'one', expiresAt: at(1) }, at(0))).toThrow(RangeError);
  });

  it.each(['sub', 'jti', 'iat', 'exp'])(
    'is refused with a wrong %s, although its signature is valid',
    (name) => {
      const values = [...wrongValues, String(iat), iat + 0.5, userId.toUpperCase(), 'somebody'];
      for (const value of values) {
        expect(verify({ [name]: value }), JSON.stringify(value)).toEqual({ kind: 'invalid' });
      }
    },
  );

  it('is refused for a list of operations, although its signature is valid', () => {
    expect(verify({ aud: ['resetPassword'] })).toEqual({ kind: 'invalid' });
    expect(verify({ aud: [...operations] })).toEqual({ kind: 'invalid' });
    expect(verify({ aud: undefined })).toEqual({ kind: 'invalid' });
    expect(verify({ iss: 'another' })).toEqual({ kind: 'invalid' });
  });

  it('is accepted with an `iat` in the future, since the clock of the signing node may differ', () => {
    expect(verify({ iat: iat + 62 }).kind).toBe('valid');
  });

  it('is accepted under the previous secret', () => {
    const old = createLinkTokens({ keyring: createKeyring('before', null), issuer: 'hufu' });
    const token = old.sign({ operation: 'verifyEmail', userId, linkId, expiresAt: at(60) }, at(0));
    const rotated = createLinkTokens({ keyring: createKeyring('after', 'before'), issuer: 'hufu' });
    expect(rotated.verify(token, 'verifyEmail', at(1)).kind).toBe('valid');
    expect(tokens.verify(token, 'verifyEmail', at(1))).toEqual({ kind: 'invalid' });
  });

  it('is not a session token of the same audience', () => {
    const sessions = createSessionTokens({ keyring, issuer: 'hufu', audience: 'verifyEmail' });
    const session = { userId, sessionId: linkId, signedInAt: at(0), expiresAt: at(60) };
    const token = sessions.sign(session, at(0));
    expect(sessions.verify(token, at(1)).kind).toBe('valid');
    expect(tokens.verify(token, 'verifyEmail', at(1))).toEqual({ kind: 'invalid' });
  });
});
