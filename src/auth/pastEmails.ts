// The emails that accounts had before. Only an operator sees them, to find an account whose email a thief has changed.

import { randomUUID } from 'node:crypto';

import { eq, lt } from 'drizzle-orm';

import { type Clock } from '../common/clock.js';
import { purgeRows } from '../db/batchDelete.js';
import { type Database, type Tx } from '../db/database.js';
import { pastEmails } from '../db/schema.js';
import { type UserRow } from '../sessions/mappers.js';

const dayMs = 86_400_000;

/** Keeps the email that an account has just lost. The caller holds the user's lock. */
export async function keepPastEmail(
  tx: Tx,
  before: Pick<UserRow, 'id' | 'emailKey'>,
  emailKey: string | null,
  now: Date,
): Promise<void> {
  // Another spelling of one email is none that was lost.
  if (before.emailKey === null || before.emailKey === emailKey) return;
  await tx
    .insert(pastEmails)
    .values({ id: randomUUID(), userId: before.id, emailKey: before.emailKey, replacedAt: now });
}

/** Removes those of an account that is being deleted. */
export async function forgetPastEmails(tx: Tx, userId: string): Promise<void> {
  await tx.delete(pastEmails).where(eq(pastEmails.userId, userId));
}

/** Removes those that were replaced longer ago than the audit trail is kept. */
export async function purgePastEmails(
  { database, clock }: { readonly database: Pick<Database, 'transact'>; readonly clock: Clock },
  keptDays: number,
): Promise<number> {
  const { id, replacedAt } = pastEmails;
  const before = new Date(clock.now().getTime() - keptDays * dayMs);
  return purgeRows(database, { id, oldest: replacedAt, isOver: lt(replacedAt, before) });
}
