// The identities of accounts at providers, and their rows.

import { randomUUID } from 'node:crypto';

import { and, asc, eq, type InferSelectModel, sql } from 'drizzle-orm';

import { type Database, type Db, type Tx } from '../../db/database.js';
import { identities, users } from '../../db/schema/index.js';
import { type ProvenIdentity } from './protocol.js';

export type IdentityRow = InferSelectModel<typeof identities>;

/** The most identities of one account. */
export const maxIdentities = 20;

/** An identity as a provider has just proved it. */
export interface ProvenAt extends ProvenIdentity {
  /** The provider's name in the settings. */
  readonly provider: string;
}

export async function findIdentity(
  db: Db | Tx,
  { issuer, subject }: Pick<ProvenIdentity, 'issuer' | 'subject'>,
): Promise<IdentityRow | null> {
  const [row] = await db
    .select()
    .from(identities)
    .where(and(eq(identities.issuer, issuer), eq(identities.subject, subject)));
  return row ?? null;
}

/** Reads the identities of an account, the oldest first. */
export async function readIdentities(db: Db | Tx, userId: string): Promise<readonly IdentityRow[]> {
  return db
    .select()
    .from(identities)
    .where(eq(identities.userId, userId))
    .orderBy(asc(identities.createdAt), asc(identities.id))
    .limit(maxIdentities);
}

/** Lists the identities of an account, the oldest first. @throws DatabaseUnavailable when they cannot be read */
export function listIdentities(
  { database }: { readonly database: Pick<Database, 'read'> },
  userId: string,
): Promise<readonly IdentityRow[]> {
  return database.read((db) => readIdentities(db, userId));
}

/** Writes the identity of an account, which the caller counts in the user's row. The caller holds the user's lock. */
export function addIdentity(
  tx: Tx,
  userId: string,
  { provider, issuer, subject, email }: ProvenAt,
  now: Date,
): IdentityRow {
  const row = {
    id: randomUUID(),
    userId,
    provider,
    issuer,
    subject,
    email,
    createdAt: now,
    lastUsedAt: null,
  };
  tx.send(tx.insert(identities).values(row));
  return row;
}

/** Deletes every identity of an account that the caller counts down in the user's row, under the user's lock. */
export function forgetIdentities(tx: Tx, userId: string): void {
  tx.send(tx.delete(identities).where(eq(identities.userId, userId)));
}

/** Deletes one identity, and counts it down. The caller holds the user's lock, and has seen that another way in is left. */
export function removeIdentity(tx: Tx, { id, userId }: IdentityRow): void {
  tx.send(tx.delete(identities).where(eq(identities.id, id)));
  tx.send(
    tx
      .update(users)
      .set({ identities: sql`${users.identities} - 1` })
      .where(eq(users.id, userId)),
  );
}

/** Notes a sign-in with an identity. The caller holds the user's lock. */
export function noteIdentityUsed(tx: Tx, id: string, now: Date): void {
  tx.send(tx.update(identities).set({ lastUsedAt: now }).where(eq(identities.id, id)));
}
