// Does what a signed-in user may do only by giving the password once more. The password is proved first, without a lock;
// that it and the session are as they were is checked under it.

import { and, eq } from 'drizzle-orm';

import { type GuardedKind } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { sessions, users } from '../db/schema/index.js';
import { normalizePassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/reservations.js';
import { signedOut, type SignedOut } from '../sessions/authenticate.js';
import { isLiveOf, lockLiveSession, type LockedLiveSession, readLive } from '../sessions/live.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo } from '../users/types.js';
import { reservePassword } from './attempts.js';
import { type AccountServices } from './services.js';

/** The owner of an account as the lock shows them. */
export interface Owner extends LockedLiveSession {
  /** The user's live sessions, newest first. */
  readonly live: readonly Session[];
}

/** An act for the owner; `owner.now` is its time. */
export type Act<T> = (tx: Tx, owner: Owner) => Promise<T>;

/** How often a password is proved whose hash was replaced meanwhile, as a login on another device may do. */
const maxProofs = 3;

/** The kind of act, its password, and the client that sends it. */
export interface Reauthentication {
  readonly kind: GuardedKind;
  readonly password: string;
  readonly clientInfo: ClientInfo;
}

/**
 * Does something in one transaction, under the user's lock, for a client that has a live session and gives the password.
 *
 * The act records its own event; a password that is refused is in the audit trail already.
 *
 * @param prepare called when the password has been proved, for what takes its time; it gives the act itself
 * @throws HasherBusy when too many passwords wait to be checked
 * @throws LimiterUnavailable when attempts cannot be counted
 * @throws DatabaseUnavailable when it cannot be done
 */
export async function reauthenticate<T>(
  services: AccountServices,
  session: Session,
  { kind, password, clientInfo }: Reauthentication,
  prepare: () => Promise<Act<T>> | Act<T>,
): Promise<T | { readonly kind: 'wrongPassword' } | Limited | SignedOut> {
  for (let proofs = 0; proofs < maxProofs; proofs += 1) {
    const owner = await readOwner(services, session);
    if (owner === null) return signedOut(services, session);
    const { hash, emailKey } = owner;
    const { id: sessionId, device } = session;
    const guess = { kind, emailKey, sessionId, device, clientInfo };
    const attempt = await reservePassword(services, guess, () => Promise.resolve(null));
    if (attempt.kind === 'limited') return attempt;
    let isRight: boolean;
    try {
      isRight = await isPassword(services, password, hash);
    } catch (error) {
      attempt.abandon();
      throw error;
    }
    const limited = attempt.conclude(isRight ? 'right' : 'wrong');
    if (limited !== null) return limited;
    if (!isRight) return { kind: 'wrongPassword' };

    const act = await prepare();
    const done = await services.database.transact(async (tx) => {
      const [owner, live] = await Promise.all([
        lockLiveSession(tx, services, session),
        readLive(tx, session.userId),
      ]);
      if (owner === null) return 'ended';
      if (owner.user.passwordHash !== hash) return 'changed';
      return { value: await act(tx, { ...owner, live }) };
    });
    if (done === 'ended') return signedOut(services, session);
    if (done !== 'changed') return done.value;
  }
  return { kind: 'wrongPassword' };
}

/**
 * Reads what the password is checked with; null when the session has ended. Both in one statement: the session of a client
 * that gives a password from before a change has ended with that change, and its password is no wrong guess.
 */
async function readOwner(services: AccountServices, { id, userId }: Session) {
  const [user] = await services.database.read((db) =>
    db
      .select({ hash: users.passwordHash, emailKey: users.emailKey })
      .from(users)
      .innerJoin(sessions, eq(sessions.userId, users.id))
      .where(and(eq(sessions.id, id), isLiveOf(userId))),
  );
  return user === undefined || user.emailKey === null ? null : { ...user, emailKey: user.emailKey };
}

async function isPassword(
  services: AccountServices,
  password: string,
  hash: string | null,
): Promise<boolean> {
  const normalized = normalizePassword(password);
  if (normalized.kind !== 'ok') return false;
  const { matches } = await services.passwords.verify(normalized.password, hash);
  return matches;
}
