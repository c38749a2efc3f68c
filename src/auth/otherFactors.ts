// What an account has beside its password.

import { eq } from 'drizzle-orm';

import { type Tx } from '../db/database.js';
import { users } from '../db/schema/index.js';
import { noOtherFactors, type UserRow } from '../users/users.js';
import { forgetFactors } from './factors/manage.js';
import { forgetPasskeys } from './factors/passkeys.js';
import { forgetIdentities } from './providers/identities.js';

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
