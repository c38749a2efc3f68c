// What a signed-in person does by giving their password once more. The password is proved first, without a lock; that
// it and the session are as they were is checked under it.

import { eq } from 'drizzle-orm';

import { type GuardedKind } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { users } from '../db/schema.js';
import { normalizePassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/attempts.js';
import { signedOut, type SignedOut } from '../sessions/authenticate.js';
import { type LockedSession, lockLiveSession } from '../sessions/live.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo } from '../users/client.js';
import { guessPassword } from './attempts.js';
import { type AccountServices } from './services.js';

/** @param owner the owner's rows as they are under the lock */
export type Act<T> = (tx: Tx, owner: LockedSession, now: Date) => Promise<T>;

/** How often a password is proved anew whose hash was replaced meanwhile, as a login on another device may do. */
const maxProofs = 3;

/** What is to be done, and from where. */
export interface Reauthentication {
  readonly kind: GuardedKind;
  readonly password: string;
  readonly clientInfo: ClientInfo;
}

/**
 * Does something in one transaction, under the user's lock, for whoever holds a live session and knows the password.
 *
 * The act writes its own event; a password that is refused is in the audit trail already.
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
  const normalized = normalizePassword(password);

  for (let proofs = 0; proofs < maxProofs; proofs += 1) {
    const { hash, emailKey } = await current(services, session.userId);
    const { id: sessionId, device } = session;
    const guesser = { kind, emailKey: emailKey ?? session.userId, sessionId, device, clientInfo };
    const proved = await guessPassword(services, guesser, async () => {
      if (normalized.kind !== 'ok') return null;
      const { matches } = await services.passwords.verify(normalized.password, hash);
      // A deleted account has no hash, and its session no more to say than that.
      return matches || hash === null ? 'proved' : null;
    });
    if (proved === null) return { kind: 'wrongPassword' };
    if (proved !== 'proved') return proved;
    const act = await prepare();
    const done = await services.database.transact(async (tx) => {
      const owner = await lockLiveSession(tx, services, session);
      if (owner === null) return 'ended';
      if (owner.user.passwordHash !== hash) return 'changed';
      return { value: await act(tx, owner, owner.now) };
    });
    if (done === 'ended') return signedOut(services, session);
    if (done !== 'changed') return done.value;
  }
  return { kind: 'wrongPassword' };
}

async function current(services: AccountServices, userId: string) {
  const [user] = await services.database.read((db) =>
    db.select({ hash: users.passwordHash, emailKey: users.emailKey }).from(users).where(eq(users.id, userId)),
  );
  return user ?? { hash: null, emailKey: null };
}
