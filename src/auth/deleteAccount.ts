// Deletes the account of whoever is signed in and knows its password. What its sessions were stays on record, so that
// their tokens are refused with the reason; who it was does not.

import { eq } from 'drizzle-orm';

import { recordEvent } from '../audit/record.js';
import { type Tx } from '../db/database.js';
import { links, securityEvents, sessions, users } from '../db/schema.js';
import { type Limited } from '../rateLimit/attempts.js';
import { endEverySession } from '../sessions/endAll.js';
import { type SignedOut } from '../sessions/signedOut.js';
import { type Origin, type Session } from '../sessions/types.js';
import { asOwner } from './reauthenticate.js';
import { voidLinks } from './emailLinks.js';
import { forgetNetworks } from './knownNetworks.js';
import { withdraw } from './emails/enqueue.js';
import { type AccountServices } from './services.js';

export type DeleteAccountOutcome =
  | { readonly kind: 'deleted'; readonly id: string }
  | { readonly kind: 'invalidCredentials' }
  | Limited
  | SignedOut;

/**
 * Deletes the account; its address is free from then on.
 *
 * @throws HasherBusy when too many passwords wait to be checked
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function deleteAccount(
  services: AccountServices,
  session: Session,
  password: string,
  origin: Origin,
): Promise<DeleteAccountOutcome> {
  const wish = { kind: 'DELETE_ACCOUNT', password, origin } as const;
  const outcome = await asOwner(services, session, wish, () => async (tx, { user }, now) => {
    const { id, emailKey } = user;
    const about = { userId: id, sessionId: session.id, device: session.device, origin };
    await recordEvent(tx, { kind: 'DELETE_ACCOUNT', outcome: 'SUCCEEDED', ...about }, now);
    const { toPublish } = await endEverySession(tx, services.policy, id, 'ACCOUNT_DELETED', now);
    await voidLinks(tx, id, now);
    await withdraw(tx, id, emailKey, null);
    await forgetNetworks(tx, id);
    await anonymise(tx, id, now);
    return { kind: 'deleted', id, toPublish } as const;
  });
  if (outcome.kind !== 'deleted') return outcome;
  services.news.publish(outcome.toPublish);
  return { kind: 'deleted', id: outcome.id };
}

/** Takes everything away that could tell whose account it was. */
async function anonymise(tx: Tx, userId: string, now: Date): Promise<void> {
  await tx
    .update(users)
    .set({ email: null, emailKey: null, passwordHash: null, emailVerifiedAt: null, deletedAt: now })
    .where(eq(users.id, userId));
  const nowhere = { ip: null, userAgent: null, deviceName: null };
  await tx
    .update(sessions)
    .set({ ...nowhere, requestId: null })
    .where(eq(sessions.userId, userId));
  await tx.update(securityEvents).set(nowhere).where(eq(securityEvents.userId, userId));
  // The links of address changes hold addresses.
  await tx.update(links).set({ payload: null }).where(eq(links.userId, userId));
}
