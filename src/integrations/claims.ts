// A live session in the standard claims that other servers read (RFC 7519, RFC 7662, OpenID Connect).

import { authenticationClaims } from '../sessions/authenticationClaims.js';
import { type Session } from '../sessions/types.js';
import { type User } from '../users/users.js';

export interface SessionClaimsOptions {
  readonly issuer: string;
  readonly audience: string;
}

/** The claims of a live session; times in whole seconds, rounded down. */
export function claimsOf({ issuer, audience }: SessionClaimsOptions, user: User, session: Session) {
  const seconds = (moment: Date) => Math.floor(moment.getTime() / 1_000);
  return {
    iss: issuer,
    sub: user.id,
    aud: audience,
    // The token is one of the first-party clients, and stands for all that its user may do.
    client_id: audience,
    scope: 'session',
    sid: session.id,
    exp: seconds(session.expiresAt),
    iat: seconds(session.signedInAt),
    ...authenticationClaims(session),
    methods: session.methods,
    email: user.email,
    email_verified: user.emailVerifiedAt !== null,
  };
}
