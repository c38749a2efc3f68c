// Removes the ways in and the factors that an account has beside its password.

import { eq } from 'drizzle-orm';

import { recordEvent } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { users } from '../db/schema/index.js';
import { type ClientInfo } from '../users/types.js';
import { noOtherFactors, type UserRow } from '../users/users.js';
import { type Undo } from './emails/outbox.js';
import { forgetFactors } from './factors/manage.js';
import { forgetPasskeys, readPasskeys, removePasskey } from './factors/passkeys.js';
import { forgetIdentities, readIdentities, removeIdentity } from './providers/identities.js';

/**
 * Removes every way in and every second factor but the password. A stranger may have added them to an account whose email
 * was never verified, to come back by them or to lock its owner out. The caller holds the user's lock, and leaves the account
 * a way in: its password, or what changes with it.
 *
 * @param changed what else changes in the user's row
 */
export function forgetOtherFactors(
  tx: Tx,
  userId: string,
  changed: Partial<Pick<UserRow, 'passwordHash' | 'identities' | 'signsInByEmail' | 'emailVerifiedAt'>> = {},
): void {
  forgetPasskeys(tx, userId);
  forgetFactors(tx, userId);
  forgetIdentities(tx, userId);
  tx.send(
    tx
      .update(users)
      .set({ ...noOtherFactors, ...changed })
      .where(eq(users.id, userId)),
  );
}

/**
 * Removes what was added to an account from a moment on, which its owner did not do: passkeys and identities, and the
 * authenticator app where there was none. An app that replaced another stays: by it the owner's mailbox alone would take the
 * second factor away. The caller holds the user's lock, and has given the account a password.
 */
export async function removeAddedSince(
  tx: Tx,
  user: UserRow,
  { hadTotp }: Undo,
  since: Date,
  clientInfo: ClientInfo,
  now: Date,
): Promise<void> {
  const from = { sessionId: null, device: null, clientInfo };
  const [passkeys, identities] = await Promise.all([readPasskeys(tx, user.id), readIdentities(tx, user.id)]);
  for (const { id } of passkeys.filter(({ createdAt }) => createdAt >= since))
    removePasskey(tx, user.id, id, from, now);
  const about = { outcome: 'SUCCEEDED', userId: user.id, ...from } as const;
  for (const identity of identities.filter(({ createdAt }) => createdAt >= since)) {
    removeIdentity(tx, identity);
    recordEvent(tx, { kind: 'UNLINK_IDENTITY', ...about }, now);
  }
  if (hadTotp || !user.hasTotp) return;
  forgetFactors(tx, user.id);
  recordEvent(tx, { kind: 'REMOVE_FACTOR', ...about }, now);
}
