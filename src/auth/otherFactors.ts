// What an account has beside its password.

import { eq } from 'drizzle-orm';

import { type Tx } from '../db/database.js';
import { users } from '../db/schema/index.js';
import { noOtherFactors } from '../users/users.js';
import { forgetFactors } from './factors/manage.js';
import { forgetPasskeys } from './factors/passkeys.js';

/**
 * Removes every way in and every second factor but the password. A stranger may have added them to an account whose email
 * was never verified, to come back by them or to lock its owner out. The caller holds the user's lock, and leaves the account
 * a password.
 */
export function forgetOtherFactors(tx: Tx, userId: string): void {
  forgetPasskeys(tx, userId);
  forgetFactors(tx, userId);
  tx.send(tx.update(users).set(noOtherFactors).where(eq(users.id, userId)));
}
