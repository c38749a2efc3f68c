// Deletes the account of whoever is signed in and knows its password. What its sessions were stays on record, so that
// their tokens are refused with the reason; who it was does not.

import { eq } from 'drizzle-orm';

import { recordEvent } from '../audit/record.js';
import { type Tx } from '../db/database.js';
import { users } from '../db/schema.js';
import { type Limited } from '../rateLimit/attempts.js';
import { endAllSessions } from '../sessions/endAll.js';
import { type SignedOut } from '../sessions/signedOut.js';
import { type ClientInfo, type Session } from '../sessions/types.js';
import { reauthenticate } from './reauthenticate.js';
import { forgetPastEmails } from './pastEmails.js';
import { voidLinks } from './emailLinks.js';
import { forgetNetworks } from './knownNetworks.js';
import { withdraw } from './emails/enqueue.js';
import { notifyDeletion } from './emails/notifications.js';
import { type AccountServices } from './services.js';

export type DeleteAccountOutcome =
  | { readonly kind: 'deleted'; readonly id: string }
  | { readonly kind: 'invalidCredentials' }
  | Limited
  | SignedOut;

/**
 * Deletes the account; its address is free from then on, and is told of it by mail if it was verified.
 *
 * @throws HasherBusy when too many passwords wait to be checked
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function deleteAccount(
  services: AccountServices,
  session: Session,
  password: string,
  clientInfo: ClientInfo,
): Promise<DeleteAccountOutcome> {
  const reauthentication = { kind: 'DELETE_ACCOUNT', password, clientInfo } as const;
  const outcome = await reauthenticate(
    services,
    session,
    reauthentication,
    () =>
      async (tx, { user }, now) => {
        const { id, emailKey } = user;
        const about = { userId: id, sessionId: session.id, device: session.device, clientInfo };
        await recordEvent(tx, { kind: 'DELETE_ACCOUNT', outcome: 'SUCCEEDED', ...about }, now);
        const { toPublish } = await endAllSessions(tx, services.policy, id, 'ACCOUNT_DELETED', now);
        await voidLinks(tx, id, now);
        await withdraw(tx, id, emailKey, null);
        await notifyDeletion(tx, services, user, about, now);
        await forgetNetworks(tx, id);
        await anonymise(tx, id, now);
        await services.on.deleted(tx, id);
        return { kind: 'deleted', id, toPublish } as const;
      },
  );
  if (outcome.kind !== 'deleted') return outcome;
  services.endEvents.publishAll(outcome.toPublish);
  services.mail?.wake();
  services.eraser.begin(outcome.id);
  return { kind: 'deleted', id: outcome.id };
}

/** Takes away who it was. What its many rows tell goes in batches behind it: nobody can read them from now on. */
async function anonymise(tx: Tx, userId: string, now: Date): Promise<void> {
  const nobody = { email: null, emailKey: null, passwordHash: null, emailVerifiedAt: null };
  await tx
    .update(users)
    .set({ ...nobody, deletedAt: now, tracesLeft: true })
    .where(eq(users.id, userId));
  await forgetPastEmails(tx, userId);
}
