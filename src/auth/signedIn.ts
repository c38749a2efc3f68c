// The session that an act has just opened, with the one token that stands for it.

import { type SessionServices } from '../sessions/services.js';
import { type Session, type User } from '../sessions/types.js';

export interface SignedIn {
  readonly kind: 'signedIn';
  /** The compact JWT, given to the client once and kept nowhere. */
  readonly token: string;
  readonly session: Session;
  readonly user: User;
  /** The sessions whose place it took, ended. */
  readonly superseded: readonly Session[];
}

/** Signs the token of a session whose row has been committed. */
export function signedIn(
  services: SessionServices,
  user: User,
  session: Session,
  superseded: readonly Session[],
): SignedIn {
  const token = services.tokens.sign(
    { userId: user.id, sessionId: session.id, signedInAt: session.signedInAt, expiresAt: session.expiresAt },
    services.clock.now(),
  );
  return { kind: 'signedIn', token, session, user, superseded };
}
