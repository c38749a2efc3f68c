// An act that was begun under a live session finds, under the lock, that the session has ended.

import { sessionStateOf } from './authenticate.js';
import { type SessionServices } from './services.js';
import { type Session, type SessionOutcome } from './types.js';

/** The session under which the act was begun has ended meanwhile; nothing was done. */
export interface SignedOut {
  readonly kind: 'signedOut';
  /** What the session comes to now. */
  readonly outcome: Exclude<SessionOutcome, { kind: 'active' }>;
}

/** Tells why a session is no longer live, once the lock has shown that it is not. */
export async function signedOut(services: SessionServices, session: Session): Promise<SignedOut> {
  const outcome = await sessionStateOf(services, session.id);
  if (outcome.kind === 'active') throw new Error('an ended session is live again');
  return { kind: 'signedOut', outcome };
}
