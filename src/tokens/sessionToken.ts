// The client's half of a session: a JWT that names the session's row, and nothing that a client could not know. Only the
// row decides whether the session is live. The credentials of a request present it.

import { LRUCache } from 'lru-cache';

import {
  isSeconds,
  isCanonicalUuid,
  judgeAt,
  type JwtForm,
  readJwt,
  signJwt,
  type TimedClaims,
  toSeconds,
  type Verified,
} from './jwt.js';
import { type Keyring } from './keyring.js';

/** The claims of a genuine session token; times in whole seconds, rounded down. */
export interface SessionClaims extends TimedClaims {
  /** The user's id. */
  readonly sub: string;
  /** The session's id, the only claim that anything is found by. */
  readonly sid: string;
  /** When the user signed in. */
  readonly authTime: number;
}

/** The session that a token is signed for. */
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
   * Verifies a presented token; never throws.
   *
   * - `valid`: this server signed it, and it has not expired.
   * - `expired`: this server signed it, and its session has ended by time.
   * - `invalid`: anything else.
   *
   * @param token the compact JWT without its scheme
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

/** The longest time from sign-in to the end of a session in a token: 366 days. */
export const maxSessionSeconds = 31_622_400;

export function createSessionTokens(settings: SessionTokenSettings): SessionTokens {
  // Key and type keep it apart from tokens for other uses (RFC 8725, section 3.11).
  const { keyring, issuer, audience } = settings;
  const form: JwtForm = { keys: keyring.sessionTokens, issuer, audience, typ: 'at+jwt' };
  const verified = createVerifiedTokens<SessionClaims>(settings.cache ?? defaultBounds);

  return {
    sign({ userId, sessionId, signedInAt, expiresAt }, now) {
      const exp = toSeconds(expiresAt);
      // A session that ends within the second is expired and not forged.
      const iat = Math.min(toSeconds(now), exp);
      const claims = { sub: userId, sid: sessionId, iat, exp, auth_time: toSeconds(signedInAt) };
      if (readClaims(claims) === null) throw new RangeError('no token can name this session');
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
  if (
    !isCanonicalUuid(sub) ||
    !isCanonicalUuid(sid) ||
    !isSeconds(iat) ||
    !isSeconds(exp) ||
    !isSeconds(authTime)
  )
    return null;
  if (iat > exp || authTime > exp || exp - authTime > maxSessionSeconds) return null;
  return Object.freeze({ sub, sid, authTime, iat, exp });
}

/** The most that the cache of verified tokens holds; beyond it, the least recently used entry goes. */
export interface VerifiedTokensBounds {
  readonly maxTokens: number;
  readonly maxBytes: number;
}

export const defaultBounds: VerifiedTokensBounds = { maxTokens: 10_000, maxBytes: 8 * 1_024 * 1_024 };

/** The memory of an entry beside the token's own text, in bytes, roughly. */
const entryBytes = 400;

export interface VerifiedTokens<Claims> {
  /** The claims of a token that was verified before; undefined where it must be verified. */
  find(token: string): Claims | undefined;
  add(token: string, claims: Claims): void;
  remove(token: string): void;
}

/**
 * Makes a cache of tokens whose signature was verified, so that a client's next request costs no HMAC. It finds them by
 * the whole token, so that no other token is mistaken for one, and holds claims of genuine tokens only. Each keyring has
 * its own, so that no entry outlives a rotation of the keys.
 */
export function createVerifiedTokens<Claims extends object>(
  bounds: VerifiedTokensBounds,
): VerifiedTokens<Claims> {
  const cache = new LRUCache<string, Claims>({
    max: bounds.maxTokens,
    maxSize: bounds.maxBytes,
    sizeCalculation: (_claims, token) => token.length + entryBytes,
  });
  return {
    find: (token) => cache.get(token),
    add(token, claims) {
      cache.set(token, claims);
    },
    remove(token) {
      cache.delete(token);
    },
  };
}
