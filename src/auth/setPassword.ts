// Sets the first password of an account that has another way in. Changing one needs the current password instead.

import { eq } from 'drizzle-orm';

import { recordEvent } from '../audit/events.js';
import { users } from '../db/schema/index.js';
import { type Limited } from '../rateLimit/reservations.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo, type User } from '../users/types.js';
import { toUser } from '../users/users.js';
import { notify } from './emails/notifications.js';
import { voidLinksAndChallenges } from './emails/outbox.js';
import { checkNewPassword, type InvalidInput, type WeakPassword } from './input.js';
import { type AccountServices } from './services.js';
import { lockSessionWithRequiredFactors, type ActRefused, refusedNow } from './stepUp.js';

export type SetPasswordOutcome =
  | { readonly kind: 'set'; readonly user: User }
  /** The account has a password, which `changePassword` changes. */
  | { readonly kind: 'passwordExists' }
  | ActRefused
  | Limited
  | InvalidInput
  | WeakPassword;

/**
 * Sets the password of an account without one. Links and challenges from before stop working. The caller has checked
 * that the session's proof is fresh.
 *
 * @throws HasherBusy when too many passwords wait to be hashed
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function setPassword(
  services: AccountServices,
  { user, session }: { readonly user: User; readonly session: Session },
  newPassword: string,
  clientInfo: ClientInfo,
): Promise<SetPasswordOutcome> {
  if (user.methods.includes('PASSWORD')) return { kind: 'passwordExists' };
  const asked = { password: newPassword, field: 'newPassword', email: user.email };
  const checked = await checkNewPassword(services, asked, clientInfo);
  if (checked.kind !== 'ok') return checked;

  const passwordHash = await services.passwords.hash(checked.password);
  const outcome = await services.database.transact(async (tx) => {
    const owner = await lockSessionWithRequiredFactors(tx, services, session);
    if (owner === null) return null;
    const { user: row, now } = owner;
    // Checked again under the lock: of several requests at once, one sets it.
    if (row.passwordHash !== null) return { kind: 'passwordExists' } as const;
    tx.send(tx.update(users).set({ passwordHash }).where(eq(users.id, row.id)));
    voidLinksAndChallenges(tx, row.id, row.emailKey, now);
    const about = { device: session.device, clientInfo };
    const event = {
      kind: 'SET_PASSWORD',
      outcome: 'SUCCEEDED',
      userId: row.id,
      sessionId: session.id,
    } as const;
    recordEvent(tx, { ...event, ...about }, now);
    await notify(tx, services, row, { template: 'passwordSet', ...about }, now);
    return { kind: 'set', user: toUser({ ...row, passwordHash }) } as const;
  });
  if (outcome === null) return refusedNow(services, session, 'SET_PASSWORD', clientInfo);
  services.mail?.wake();
  return outcome;
}
