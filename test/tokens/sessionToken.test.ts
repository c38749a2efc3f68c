// Session tokens: their claims, their times and the rotation of the secret.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createKeyring } from '../../src/tokens/keyring.js';
import { createLinkTokens } from '../../src/tokens/linkToken.js';
import { createSessionTokens, maxSessionSeconds, type SignedSession } from '../../src/tokens/sessionToken.js';
import { handmade, keyOf, secret, wrongValues } from './handmade.js';

const keyring = createKeyring(secret, null);
const tokensOf = (of = keyring) => createSessionTokens({ keyring: of, issuer: 'hufu', audience: 'hufu' });

const day = 86_400;
const signedInAt = new Date('2026-01-01T00:00:00.987Z');
const session: SignedSession = {
  userId: '0b6b5b7e-3c1d-4c55-9a45-2f6f1f0c9a01',
  sessionId: '7d9f3f4a-8e0b-4b8e-8a53-5d1f0a3a7c02',
  signedInAt,
  expiresAt: new Date(signedInAt.getTime() + 30 * day * 1_000),
};
const iat = 1_767_225_600;
const claims = { sub: session.userId, sid: session.sessionId, authTime: iat, iat, exp: iat + 30 * day };

/** A token that a program in another language made from the secret. */
const known =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Ik5yMjYwMFhzeU1LZ0tOaG0ifQ.' +
  'eyJpc3MiOiJodWZ1IiwiYXVkIjoiaHVmdSIsInN1YiI6IjBiNmI1YjdlLTNjMWQtNGM1NS05YTQ1LTJmNmYxZjBjOWEwMSIsInNpZCI6IjdkOWYzZjRhLThlMGItNGI4ZS04YTUzLTVkMWYwYTNhN2MwMiIsImlhdCI6MTc2NzIyNTYwMCwiZXhwIjoxNzY5ODE3NjAwLCJhdXRoX3RpbWUiOjE3NjcyMjU2MDB9.' +
  'wCj7Q0oVz5ax3h67XMrjE8DL5jjCcohwz4pYRsrPDjw';

const header = { alg: 'HS256', typ: 'at+jwt', kid: keyring.sessionTokens.current.kid };
const payload = {
  iss: 'hufu',
  aud: 'hufu',
  sub: session.userId,
  sid: session.sessionId,
  iat,
  exp: iat + 30 * day,
  auth_time: iat,
};

/** Returns the moment the given seconds after `iat`. */
const at = (seconds: number) => new Date((iat + seconds) * 1_000);

describe('a session token', () => {
  it('equals the JWT of another program, byte for byte', () => {
    expect(tokensOf().sign(session, new Date(signedInAt.getTime() + 12))).toBe(known);
    expect(handmade(header, payload)).toBe(known);
  });

  it('names its session, with times rounded down to whole seconds', () => {
    expect(tokensOf().verify(known, at(1))).toEqual({ kind: 'valid', claims });
  });

  it('expires exactly at its second', () => {
    const end = 30 * day;
    expect(tokensOf().verify(known, at(end - 0.001))).toEqual({ kind: 'valid', claims });
    expect(tokensOf().verify(known, at(end))).toEqual({ kind: 'expired', claims });
    expect(tokensOf().verify(known, at(400 * day))).toEqual({ kind: 'expired', claims });
  });

  it('is expired only with a valid signature', () => {
    for (const key of ['another secret', secret, keyOf('link tokens')]) {
      const forged = handmade(header, payload, key);
      expect(tokensOf().verify(forged, at(400 * day))).toEqual({ kind: 'invalid' });
    }
  });

  it('is expired, not invalid, when it was signed at the end of its session', () => {
    const short = { ...session, expiresAt: new Date(signedInAt.getTime() + 1_000) };
    const token = tokensOf().sign(short, at(5));
    expect(tokensOf().verify(token, at(5)).kind).toBe('expired');
  });

  it('is accepted from a node whose clock is ahead by any time', () => {
    expect(tokensOf().verify(known, at(-61)).kind).toBe('valid');
    expect(tokensOf().verify(known, at(-400 * day)).kind).toBe('valid');
  });

  it('is valid for at most 366 days from the sign-in', () => {
    const lasting = (seconds: number) => handmade(header, { ...payload, exp: iat + seconds, iat: iat + 100 });
    expect(maxSessionSeconds).toBe(366 * day);
    expect(tokensOf().verify(lasting(366 * day), at(200)).kind).toBe('valid');
    expect(tokensOf().verify(lasting(366 * day + 1), at(200))).toEqual({ kind: 'invalid' });
    expect(tokensOf().verify(lasting(366 * day + 1), at(500 * day))).toEqual({ kind: 'invalid' });
  });

  it('is not signed when it would be refused', () => {
    const now = at(1);
    expect(() => tokensOf().sign({ ...session, expiresAt: at(367 * day) }, now)).toThrow(RangeError);
    expect(() => tokensOf().sign({ ...session, expiresAt: at(-1) }, now)).toThrow(RangeError);
    expect(() => tokensOf().sign({ ...session, sessionId: 'one' }, now)).toThrow(RangeError);
    expect(() => tokensOf().sign({ ...session, userId: session.userId.toUpperCase() }, now)).toThrow(
      RangeError,
    );
    expect(() => tokensOf().sign({ ...session, signedInAt: new Date(NaN) }, now)).toThrow(RangeError);
  });
});

describe('a validly signed session token with claims that this server never writes', () => {
  const verify = (changed: object) => tokensOf().verify(handmade(header, { ...payload, ...changed }), at(1));

  it('is accepted with unused claims', () => {
    expect(verify({ jti: 'x', scope: 'y' })).toEqual({ kind: 'valid', claims });
  });

  it.each(['sub', 'sid', 'iat', 'exp', 'auth_time'])('is refused with a wrong %s', (name) => {
    for (const value of [
      ...wrongValues,
      String(iat),
      `${String(iat)}.5`,
      iat + 0.5,
      253_402_300_800,
      'somebody',
    ]) {
      expect(verify({ [name]: value }), JSON.stringify(value)).toEqual({ kind: 'invalid' });
    }
  });

  it.each(['sub', 'sid'])(
    'is refused when %s is a UUID in another spelling or of another version',
    (name) => {
      const uuid = '0b6b5b7e-3c1d-4c55-9a45-2f6f1f0c9a01';
      expect(verify({ [name]: uuid }).kind).toBe('valid');
      const others = [
        uuid.toUpperCase(),
        uuid.replaceAll('-', ''),
        `{${uuid}}`,
        `urn:uuid:${uuid}`,
        ` ${uuid}`,
        `${uuid}\n`,
        `${uuid}\0`,
        uuid.slice(1),
        `${uuid}0`,
        uuid.replace('-4', '-1'),
        uuid.replace('-4', '-7'),
        uuid.replace('-9a', '-ca'),
        uuid.replace('-9a', '-7a'),
        uuid.replace('0', 'g'),
        uuid.replace('0', '０'),
        '00000000-0000-0000-0000-000000000000',
        "' or 1=1 --",
        [uuid],
        { [uuid]: uuid },
      ];
      for (const other of others)
        expect(verify({ [name]: other }), JSON.stringify(other)).toEqual({ kind: 'invalid' });
    },
  );

  it('is refused when its times contradict one another', () => {
    const { exp } = payload;
    expect(verify({ iat: exp, exp: iat })).toEqual({ kind: 'invalid' });
    expect(verify({ exp: iat - 1, auth_time: iat - 2 })).toEqual({ kind: 'invalid' });
    expect(verify({ auth_time: exp + 1 })).toEqual({ kind: 'invalid' });
    expect(verify({ exp: iat, auth_time: iat }).kind).toBe('expired');
    // The current time is no bound, since the clock of the signing node may differ.
    expect(verify({ iat: iat + 62 }).kind).toBe('valid');
  });

  it('is refused with any other JSON value in place of a claim', () => {
    const names = fc.constantFrom('sub', 'sid', 'iat', 'exp', 'auth_time', 'iss', 'aud');
    fc.assert(
      fc.property(names, fc.jsonValue(), (name, value) => {
        fc.pre(!(typeof value === 'number' && Number.isInteger(value) && value > 0));
        expect(verify({ [name]: value })).toEqual({ kind: 'invalid' });
      }),
    );
  });
});

describe('a rotation of the secret', () => {
  const before = createKeyring('the secret before', null);
  const after = createKeyring('the secret after', 'the secret before');

  it('keeps tokens of the previous secret valid, and signs with the new one only', () => {
    const old = tokensOf(before).sign(session, at(1));
    expect(tokensOf(after).verify(old, at(2)).kind).toBe('valid');
    const fresh = tokensOf(after).sign(session, at(1));
    expect(tokensOf(after).verify(fresh, at(2)).kind).toBe('valid');
    expect(tokensOf(before).verify(fresh, at(2))).toEqual({ kind: 'invalid' });
    expect(tokensOf(createKeyring('the secret after', null)).verify(old, at(2))).toEqual({ kind: 'invalid' });
  });

  it('accepts a token only with the key that its kid names', () => {
    const kid = after.sessionTokens.current.kid;
    const signedWith = (of: string) => handmade({ ...header, kid }, payload, keyOf('session tokens', of));
    expect(tokensOf(after).verify(signedWith('the secret after'), at(1)).kind).toBe('valid');
    const crossed = signedWith('the secret before');
    expect(tokensOf(after).verify(crossed, at(1))).toEqual({ kind: 'invalid' });
  });
});

describe('link tokens', () => {
  it('are refused as session tokens, also with the same audience', () => {
    const link = createLinkTokens({ keyring, issuer: 'hufu' }).sign(
      { operation: 'resetPassword', userId: session.userId, linkId: session.sessionId, expiresAt: at(600) },
      at(0),
    );
    const tokens = createSessionTokens({ keyring, issuer: 'hufu', audience: 'resetPassword' });
    expect(tokens.verify(link, at(1))).toEqual({ kind: 'invalid' });
    const typ = 'link+jwt';
    const both = handmade({ ...header, typ }, { ...payload, jti: session.sessionId });
    expect(tokensOf().verify(both, at(1))).toEqual({ kind: 'invalid' });
  });
});
