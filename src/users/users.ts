// The user: its row, what others may know of it, its lock, and the emails that it had before.

import { randomUUID } from 'node:crypto';

import { and, asc, eq, type InferSelectModel, isNull, lt, sql } from 'drizzle-orm';

import { type Clock, daysBefore } from '../common/clock.js';
import { type Database, type Db, type Tx, builtOnce } from '../db/database.js';
import { inUuids, purgeRows } from '../db/queries.js';
import { authenticationMethods, pastEmails, users } from '../db/schema/index.js';
import { type AuthenticationMethod, type User } from './types.js';

export type UserRow = InferSelectModel<typeof users>;

/** The columns that tell how a user can prove who they are, beside the password. */
type OtherFactors = Pick<UserRow, 'hasTotp' | 'passkeys' | 'identities' | 'signsInByEmail'>;

/** The columns of an account that has nothing but its password, or nothing at all. */
export const noOtherFactors: OtherFactors = {
  hasTotp: false,
  passkeys: 0,
  identities: 0,
  signsInByEmail: false,
};

/** Tells how the user of a row can prove who they are. */
export function methodsOf(
  row: OtherFactors & { readonly hasPassword: boolean },
): readonly AuthenticationMethod[] {
  const has: Partial<Record<AuthenticationMethod, boolean>> = {
    PASSWORD: row.hasPassword,
    TOTP: row.hasTotp,
    PASSKEY: row.passkeys > 0,
    PROVIDER: row.identities > 0,
    EMAIL_CODE: row.signsInByEmail,
  };
  return authenticationMethods.filter((method) => has[method]);
}

/** Tells by what the user of a row can sign in: a second factor alone is no way in. */
export function waysInOf(
  row: Omit<OtherFactors, 'hasTotp'> & Pick<UserRow, 'passwordHash'>,
): readonly AuthenticationMethod[] {
  return methodsOf({ ...row, hasTotp: false, hasPassword: row.passwordHash !== null });
}

/** Gives what others may know of a user. @param row of an account that has not been deleted */
export function toUser(
  row: Pick<UserRow, Exclude<keyof User, 'methods'> | keyof OtherFactors | 'passwordHash'>,
): User {
  if (row.email === null) throw new Error('a deleted account has no user');
  return {
    id: row.id,
    email: row.email,
    emailVerifiedAt: row.emailVerifiedAt,
    createdAt: row.createdAt,
    lastLoginAt: row.lastLoginAt,
    methods: methodsOf({ ...row, hasPassword: row.passwordHash !== null }),
  };
}

/** Finds the id of the account that has an email; null where none has it. */
export async function findUserId(db: Db | Tx, emailKey: string): Promise<string | null> {
  const [user] = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.emailKey, emailKey), isNull(users.deletedAt)));
  return user?.id ?? null;
}

const lockedUser = builtOnce(['id'], (db, { id }) =>
  // NO KEY UPDATE excludes every other holder, but not the foreign-key checks of rows that merely refer to it.
  db.select().from(users).where(eq(users.id, id)).for('no key update'),
);

/**
 * Locks the user's row until the transaction ends, and reads it as it is now. Null when there is no such user, or
 * the account has been deleted.
 */
export async function lockUser(tx: Tx, userId: string): Promise<UserRow | null> {
  const [row] = await lockedUser(tx, { id: userId });
  return row?.deletedAt === null ? row : null;
}

/**
 * Locks an email until the transaction ends, whether or not an account has it: of several requests that make an account for
 * it, each waits for the one before. It is sent before the lock of any row.
 */
export function lockEmail(tx: Tx, emailKey: string): void {
  tx.send(tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`hufu email ${emailKey}`}, 0))`));
}

/** Locks the rows of several users, in one order for all that do. */
export async function lockUsers(tx: Tx, userIds: readonly string[]): Promise<void> {
  await tx
    .select({ id: users.id })
    .from(users)
    .where(inUuids(users.id, userIds))
    .orderBy(asc(users.id))
    .for('no key update');
}

/** Keeps the email that an account has just lost. The caller holds the user's lock. */
export function keepPastEmail(
  tx: Tx,
  before: Pick<UserRow, 'id' | 'emailKey'>,
  emailKey: string | null,
  now: Date,
): void {
  // Another spelling of one email is none that was lost.
  if (before.emailKey === null || before.emailKey === emailKey) return;
  const row = { id: randomUUID(), userId: before.id, emailKey: before.emailKey, replacedAt: now };
  tx.send(tx.insert(pastEmails).values(row));
}

/** Deletes the earlier emails of an account that is being deleted. */
export function forgetPastEmails(tx: Tx, userId: string): void {
  tx.send(tx.delete(pastEmails).where(eq(pastEmails.userId, userId)));
}

/** Deletes earlier emails that were replaced longer ago than the audit trail is kept. */
export async function purgePastEmails(
  { database, clock }: { readonly database: Pick<Database, 'transact'>; readonly clock: Clock },
  keptDays: number,
): Promise<number> {
  const { id, replacedAt } = pastEmails;
  const before = daysBefore(clock.now(), keptDays);
  return purgeRows(database, { id, oldest: replacedAt, isOver: lt(replacedAt, before) });
}
