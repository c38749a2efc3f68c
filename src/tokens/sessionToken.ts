// The bearer's half of a session: a JWT that names the session's row, and nothing a client could not know. Whether
// the session is alive only the row says.

import { isSeconds, isUuid, judgeAt, type TimedClaims, toSeconds } from './claims.js';
import { type JwtForm, readJwt, signJwt, type Verified } from './jwt.js';
import { type Keyring } from './keyring.js';
import { createVerifiedTokens, defaultBounds, type VerifiedTokensBounds } from './verifiedTokens.js';

/** What a genuine session token says; times in whole seconds, rounded down. */
export interface SessionClaims extends TimedClaims {
  /** The user's id. */
  readonly sub: string;
  /** The session's id, the only claim that anything is found by. */
  readonly sid: string;
  /** When the user signed in. */
  readonly authTime: number;
}

/** A session as far as its token names it. */
export interface SignedSession {
  readonly userId: string;
  readonly sessionId: string;
  readonly signedInAt: Date;
  readonly expiresAt: Date;
}

export interface SessionTokens {
  /**
   * Signs the token of a session.
   *
   * @throws RangeError when verification would refuse it: an id that is no uuid v4, or too long a lifetime
   */
  sign(session: SignedSession, now: Date): string;

  /**
   * Tells what a presented token is; never throws.
   *
   * - `valid`: this server signed it, and it has not expired.
   * - `expired`: this server signed it, and its session is past its end.
   * - `invalid`: anything else.
   *
   * @param token the compact JWT without its scheme, as it came
   */
  verify(token: string, now: Date): Verified<SessionClaims>;
}

export interface SessionTokenSettings {
  readonly keyring: Keyring;
  readonly issuer: string;
  readonly audience: string;
  /** Bounds of the cache of verified tokens. */
  readonly cache?: VerifiedTokensBounds;
}

/** The longest time from sign-in to the end of a session that is signed or believed: 366 days. */
export const maxSessionSeconds = 31_622_400;

export function createSessionTokens(settings: SessionTokenSettings): SessionTokens {
  // The type keeps it apart from tokens for other uses under the same key (RFC 8725, section 3.11).
  const form: JwtForm = { ...settings, typ: 'at+jwt' };
  const verified = createVerifiedTokens<SessionClaims>(settings.cache ?? defaultBounds);

  return {
    sign({ userId, sessionId, signedInAt, expiresAt }, now) {
      const exp = toSeconds(expiresAt);
      // Where the session ends within the second, it is expired and not forged.
      const iat = Math.min(toSeconds(now), exp);
      const claims = { sub: userId, sid: sessionId, iat, exp, auth_time: toSeconds(signedInAt) };
      if (readClaims(claims) === null) throw new RangeError('a session that no token can stand for');
      return signJwt(form, claims);
    },

    verify(token, now) {
      const known = verified.find(token);
      if (known !== undefined) {
        const judged = judgeAt(known, now);
        if (judged.kind !== 'valid') verified.remove(token);
        return judged;
      }
      const payload = readJwt(form, token);
      const claims = payload === null ? null : readClaims(payload);
      if (claims === null) return { kind: 'invalid' };
      const judged = judgeAt(claims, now);
      if (judged.kind === 'valid') verified.add(token, claims);
      return judged;
    },
  };
}

function readClaims(payload: Readonly<Record<string, unknown>>): SessionClaims | null {
  const { sub, sid, iat, exp, auth_time: authTime } = payload;
  if (!isUuid(sub) || !isUuid(sid) || !isSeconds(iat) || !isSeconds(exp) || !isSeconds(authTime)) return null;
  if (iat > exp || authTime > exp || exp - authTime > maxSessionSeconds) return null;
  return Object.freeze({ sub, sid, authTime, iat, exp });
}
