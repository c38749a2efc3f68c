// A live session in the standard claims that other servers read (RFC 7519, RFC 7662, OpenID Connect).

import { toSeconds } from '../tokens/jwt.js';
import { type AuthenticationMethod, type User } from '../users/types.js';
import { type Session } from './types.js';

/** Authentication Method Reference values (RFC 8176). */
const references = {
  PASSWORD: 'pwd',
  TOTP: 'otp',
  RECOVERY_CODE: 'otp',
  PASSKEY: 'pop',
  PROVIDER: 'fed',
  EMAIL_CODE: 'otp',
} as const satisfies Record<AuthenticationMethod, string>;

export interface AuthenticationClaims {
  /** `aal2` where two factors were proved, as a passkey does by itself; else `aal1` (NIST SP 800-63B). */
  readonly acr: 'aal1' | 'aal2';
  readonly amr: readonly string[];
  /** When the person last proved who they are, in whole seconds since 1970. */
  readonly auth_time: number;
}

/** Returns how a session was opened, in the terms of OpenID Connect. */
export function authenticationClaims({
  methods,
  provedAt,
}: Pick<Session, 'methods' | 'provedAt'>): AuthenticationClaims {
  const hasTwoFactors = methods.includes('PASSKEY') || methods.length > 1;
  return {
    acr: hasTwoFactors ? 'aal2' : 'aal1',
    amr: [...new Set([...methods.map((method) => references[method]), ...(hasTwoFactors ? ['mfa'] : [])])],
    auth_time: toSeconds(provedAt),
  };
}

export interface SessionClaimsOptions {
  readonly issuer: string;
  readonly audience: string;
}

/** Returns the claims of a live session; times in whole seconds, rounded down. */
export function claimsOf({ issuer, audience }: SessionClaimsOptions, user: User, session: Session) {
  return {
    iss: issuer,
    sub: user.id,
    aud: audience,
    // The token is one of the first-party clients, and stands for all that its user may do.
    client_id: audience,
    scope: 'session',
    sid: session.id,
    exp: toSeconds(session.expiresAt),
    iat: toSeconds(session.signedInAt),
    ...authenticationClaims(session),
    methods: session.methods,
    email: user.email,
    email_verified: user.emailVerifiedAt !== null,
  };
}
