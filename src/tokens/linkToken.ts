// The token in an emailed link: valid for one operation and one user, until it expires. The row that its `jti` names lets
// it work once only.

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

/** The operation a link serves, which is its token's audience. */
export type LinkOperation = AccountLinkOperation | 'completeRegistration';

/** The operations on an account: a row says whether the link is open. */
export type AccountLinkOperation = 'verifyEmail' | 'resetPassword' | 'confirmEmailChange';

/** The claims of a genuine link's token; times in whole seconds, rounded down. */
export interface LinkClaims extends TimedClaims {
  /** The user's id; of a registration, which has no user yet, that of its challenge. */
  readonly sub: string;
  /** The id of the link's row, or of its challenge. */
  readonly jti: string;
}

export interface SignedLink {
  readonly operation: LinkOperation;
  readonly userId: string;
  readonly linkId: string;
  readonly expiresAt: Date;
}

export interface LinkTokens {
  /**
   * Signs the token of a link.
   *
   * @throws RangeError when verification would refuse it: an id that is no uuid v4, or too long a lifetime
   */
  sign(link: SignedLink, now: Date): string;

  /**
   * Verifies a presented token for this operation; never throws.
   *
   * - `valid`: this server signed it for the operation, and it has not expired.
   * - `expired`: this server signed it for the operation, and it has expired.
   * - `invalid`: anything else, a link of another operation and a session token included.
   */
  verify(token: string, operation: LinkOperation, now: Date): Verified<LinkClaims>;
}

/** The longest lifetime of a link: 31 days. */
export const maxLinkSeconds = 2_678_400;

export function createLinkTokens(settings: {
  readonly keyring: Keyring;
  readonly issuer: string;
}): LinkTokens {
  const formOf = (operation: LinkOperation): JwtForm => ({
    keys: settings.keyring.linkTokens,
    issuer: settings.issuer,
    typ: 'link+jwt',
    audience: operation,
  });

  return {
    sign({ operation, userId, linkId, expiresAt }, now) {
      const claims = { sub: userId, jti: linkId, iat: toSeconds(now), exp: toSeconds(expiresAt) };
      if (readClaims(claims) === null) throw new RangeError('no token can name this link');
      return signJwt(formOf(operation), claims);
    },

    verify(token, operation, now) {
      const payload = readJwt(formOf(operation), token);
      const claims = payload === null ? null : readClaims(payload);
      return claims === null ? { kind: 'invalid' } : judgeAt(claims, now);
    },
  };
}

function readClaims(payload: Readonly<Record<string, unknown>>): LinkClaims | null {
  const { sub, jti, iat, exp } = payload;
  if (!isCanonicalUuid(sub) || !isCanonicalUuid(jti) || !isSeconds(iat) || !isSeconds(exp)) return null;
  if (iat > exp || exp - iat > maxLinkSeconds) return null;
  return { sub, jti, iat, exp };
}
