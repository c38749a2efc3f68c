// Remembers the logouts that providers tell of: which token has been used, and which person or session it has signed out.
// A sign-in that the provider has confirmed just before opens nothing once its logout has come.

import { createHash } from 'node:crypto';

import { and, eq, gte, inArray, lt, or, sql } from 'drizzle-orm';

import { type Clock } from '../../common/clock.js';
import { type Database, type Db, type Tx } from '../../db/database.js';
import { purgeRows } from '../../db/queries.js';
import { providerLogouts } from '../../db/schema/index.js';
import { logoutTokenSeconds } from './oidc.js';
import { type LogoutClaims, type ProvenIdentity } from './protocol.js';

/** How long a logout is remembered, in milliseconds: a sign-in at a provider is over before. */
const rememberedMs = 900_000;

/** Whether the token has ended what it was to end. */
export async function isUsedLogout(db: Db, claims: LogoutClaims): Promise<boolean> {
  const [row] = await db
    .select({ key: providerLogouts.key })
    .from(providerLogouts)
    .where(eq(providerLogouts.key, tokenKey(claims)));
  return row !== undefined;
}

/** Notes that the token has ended what it was to end. */
export async function noteUsedLogout(db: Db, claims: LogoutClaims): Promise<void> {
  const expiresAt = new Date(claims.issuedAt.getTime() + logoutTokenSeconds * 1_000);
  await db
    .insert(providerLogouts)
    .values({ key: tokenKey(claims), expiresAt })
    .onConflictDoNothing();
}

/**
 * Notes a logout before it ends anything. Once this is committed, a sign-in that it is about either sees it or has
 * committed its session, for the logout to find.
 */
export function noteLogout(tx: Tx, claims: LogoutClaims, now: Date): void {
  const key = logoutKey(claims);
  tx.send(tx.execute(sql`select pg_advisory_xact_lock(${lockOf(key)})`));
  const expiresAt = new Date(now.getTime() + rememberedMs);
  tx.send(
    tx
      .insert(providerLogouts)
      .values({ key, expiresAt })
      .onConflictDoUpdate({ target: providerLogouts.key, set: { expiresAt } }),
  );
}

/** When a sign-in at a provider began, and when the provider was asked to confirm it. */
export interface ConfirmationTimes {
  readonly begunAt: Date;
  readonly askedAt: Date;
}

/**
 * Whether the provider has signed the person out since it confirmed the sign-in, or its own session since that began: a
 * person may sign out at the provider on the way, and sign in there again in another of its sessions. A logout that is not
 * seen here waits for the end of this transaction. It is called behind the user's lock.
 */
export async function isLoggedOut(
  tx: Tx,
  { issuer, subject, sid }: ProvenIdentity,
  { begunAt, askedAt }: ConfirmationTimes,
): Promise<boolean> {
  const ofPerson = logoutKey({ issuer, subject, sid: null });
  const ofSession =
    sid === null ? [] : [logoutKey({ issuer, subject, sid }), logoutKey({ issuer, subject: null, sid })];
  // A statement of its own: the next one sees what was waited for.
  const locks = [ofPerson, ...ofSession].map((key) => sql`pg_advisory_xact_lock_shared(${lockOf(key)})`);
  tx.send(tx.execute(sql`select ${sql.join(locks, sql`, `)}`));
  const { key, expiresAt } = providerLogouts;
  const [row] = await tx
    .select({ key })
    .from(providerLogouts)
    .where(
      or(
        and(eq(key, ofPerson), gte(expiresAt, new Date(askedAt.getTime() + rememberedMs))),
        and(inArray(key, ofSession), gte(expiresAt, new Date(begunAt.getTime() + rememberedMs))),
      ),
    )
    .limit(1);
  return row !== undefined;
}

function tokenKey({ issuer, jti }: LogoutClaims): string {
  return digest([issuer, jti]);
}

function logoutKey({ issuer, subject, sid }: Pick<LogoutClaims, 'issuer' | 'subject' | 'sid'>): string {
  return digest([issuer, subject, sid]);
}

function digest(parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

const lockOf = (key: string) => sql`hashtextextended(${`hufu logout ${key}`}, 0)`;

/** Deletes what is remembered of logouts when nothing is decided by it any more. */
export async function purgeProviderLogouts({
  database,
  clock,
}: {
  readonly database: Pick<Database, 'transact'>;
  readonly clock: Clock;
}): Promise<number> {
  const { key, expiresAt } = providerLogouts;
  return purgeRows(database, { id: key, oldest: expiresAt, isOver: lt(expiresAt, clock.now()) });
}
