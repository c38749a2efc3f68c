// An act that changes a way in needs as much proof as a sign-in of the user takes. The proof is checked before the act begins,
// and once more behind the user's lock: meanwhile the user may have added an authenticator app, against the very thief who
// acts.

import { type StepUpKind } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { sessionStateOf, type SignedOut } from '../sessions/authenticate.js';
import { hasRequiredFactors } from '../sessions/freshness.js';
import { lockLiveSession, type LockedLiveSession } from '../sessions/live.js';
import { type Session } from '../sessions/types.js';
import { parseEmail } from '../users/email.js';
import { type ClientInfo, type User } from '../users/types.js';
import { toUser } from '../users/users.js';
import { type AccountServices } from './services.js';

/** The session has not proved as much as a sign-in of its user takes now; nothing was done. */
export interface StepUpRequired {
  readonly kind: 'stepUpRequired';
  readonly user: User;
}

/** The session that asks may not do the act; nothing was done. */
export type ActRefused = SignedOut | StepUpRequired;

/**
 * Locks the user of a session for an act that changes a way in. Null when the session has ended or expired meanwhile, or has
 * not proved the second factor that the user has by now: the caller then answers {@link refusedNow}.
 */
export async function lockSessionWithRequiredFactors(
  tx: Tx,
  services: AccountServices,
  session: Session,
): Promise<LockedLiveSession | null> {
  const locked = await lockLiveSession(tx, services, session);
  return locked !== null && hasRequiredFactors(locked.session, toUser(locked.user)) ? locked : null;
}

/** Tells why {@link lockSessionWithRequiredFactors} has let a session do nothing. */
export async function refusedNow(
  services: AccountServices,
  session: Session,
  kind: StepUpKind,
  clientInfo: ClientInfo,
): Promise<ActRefused> {
  const outcome = await sessionStateOf(services, session.id);
  if (outcome.kind !== 'active') return { kind: 'signedOut', outcome };
  const { user } = outcome;
  noteStepUp(services, { kind, user, session, clientInfo });
  return { kind: 'stepUpRequired', user };
}

/** Notes in the audit trail that an act was refused since the proof of its session is too old or too weak. */
export function noteStepUp(
  services: AccountServices,
  refused: {
    readonly kind: StepUpKind;
    readonly user: User;
    readonly session: Session;
    readonly clientInfo: ClientInfo;
  },
): void {
  const { kind, user, session, clientInfo } = refused;
  const email = parseEmail(user.email);
  if (email.kind === 'invalid') return;
  const about = { emailKey: email.key, sessionId: session.id, device: session.device, clientInfo };
  services.failureRecorder.note({ kind, outcome: 'STEP_UP_REQUIRED', ...about, at: services.clock.now() });
}
