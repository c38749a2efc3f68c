// Uses emailed links. The token in a mail names a row; the row says whether the link is open, and is used up in the
// transaction of what the link does, so that of many uses at once exactly one succeeds.

import { and, eq } from 'drizzle-orm';

import { type Db, type Tx } from '../db/database.js';
import { links, users } from '../db/schema/index.js';
import { type Limited } from '../rateLimit/reservations.js';
import { type AccountLinkOperation, type LinkClaims } from '../tokens/linkToken.js';
import { type ClientInfo } from '../users/types.js';
import { lockUser, type UserRow } from '../users/users.js';
import { isDisowned, isOpen } from './emailLinks.js';
import { type AccountServices } from './services.js';

/**
 * Why a link does nothing. INVALID: it is none that this server signed for the operation. EXPIRED: its time is over,
 * or the account has changed since it was mailed. USED: it has done its work.
 */
export interface LinkRejected {
  readonly kind: 'linkRejected';
  readonly reason: 'INVALID' | 'EXPIRED' | 'USED';
}

/** A link whose row was open when it was read. */
export interface OpenLink {
  readonly kind: 'open';
  readonly claims: LinkClaims;
  /** The email of its account, null for a deleted one. */
  readonly email: string | null;
}

/**
 * Tells what a link can still do, without using it.
 *
 * @throws DatabaseUnavailable when its row cannot be read
 */
export async function inspectLink(
  services: AccountServices,
  operation: AccountLinkOperation,
  token: string,
): Promise<OpenLink | LinkRejected> {
  const verified = services.linkTokens.verify(token, operation, services.clock.now());
  if (verified.kind === 'invalid') return rejectLink('INVALID');
  const { jti } = verified.claims;
  return judge(verified, operation, await services.database.read((db) => readLink(db, jti)));
}

/**
 * Inspects a link that is about to be used. A forged one is counted against the network that it comes from, before it is
 * looked at; too many are limited. Not to be called inside a transaction.
 *
 * @throws LimiterUnavailable when attempts cannot be counted
 */
export async function reserveLink(
  services: AccountServices,
  operation: AccountLinkOperation,
  token: string,
  { ip }: ClientInfo,
): Promise<OpenLink | LinkRejected | Limited> {
  const verified = services.linkTokens.verify(token, operation, services.clock.now());
  const jti = verified.kind === 'invalid' ? null : verified.claims.jti;
  const reserved = await services.rateLimits.reserveLink(services.database, ip, (db) => readLink(db, jti));
  if (reserved.kind === 'limited') return reserved;
  const link =
    verified.kind === 'invalid' ? rejectLink('INVALID') : judge(verified, operation, reserved.found);
  reserved.release(link.kind === 'linkRejected' && link.reason === 'INVALID' ? 'wrong' : 'right');
  return link;
}

type LinkRow = Awaited<ReturnType<typeof readLink>>;

async function readLink(db: Db, jti: string | null) {
  if (jti === null) return null;
  const [row] = await db
    .select({
      userId: links.userId,
      operation: links.operation,
      usedAt: links.usedAt,
      voidedAt: links.voidedAt,
      isDisowned,
      disabledAt: users.disabledAt,
      email: users.email,
    })
    .from(links)
    .innerJoin(users, eq(users.id, links.userId))
    .where(eq(links.jti, jti));
  return row ?? null;
}

function judge(
  verified: { readonly kind: 'valid' | 'expired'; readonly claims: LinkClaims },
  operation: AccountLinkOperation,
  row: LinkRow,
): OpenLink | LinkRejected {
  const { kind, claims } = verified;
  if (row?.userId !== claims.sub || row.operation !== operation)
    return rejectLink(kind === 'expired' ? 'EXPIRED' : 'INVALID');
  if (row.usedAt !== null) return rejectLink('USED');
  // Of a disabled account no link does anything.
  return kind === 'expired' || row.voidedAt !== null || row.isDisowned || row.disabledAt !== null
    ? rejectLink('EXPIRED')
    : { kind: 'open', claims, email: row.email };
}

/** A link that has just been used up, and whose it was; the user's row is locked. */
export interface UsedLink {
  readonly user: UserRow;
  readonly payload: unknown;
  /** When it was put on record; of a notice's link, when that happened which the notice is about. */
  readonly createdAt: Date;
  readonly now: Date;
}

/**
 * Locks the user of a link and uses the link up, in the transaction of what it does. Null when the link is no longer open:
 * the caller then answers {@link rejectedNow}.
 */
export async function lockLink(
  tx: Tx,
  services: AccountServices,
  { claims: { sub, jti } }: OpenLink,
): Promise<UsedLink | null> {
  const [user, [link]] = await Promise.all([
    lockUser(tx, sub),
    // Locked as well: an operator voids links without the locks of their users.
    tx
      .select()
      .from(links)
      .where(and(eq(links.jti, jti), isOpen))
      .for('update'),
  ]);
  const now = services.clock.now();
  if (user?.disabledAt !== null || link === undefined || link.expiresAt <= now) return null;
  tx.send(tx.update(links).set({ usedAt: now }).where(eq(links.jti, jti)));
  return { user, payload: link.payload, createdAt: link.createdAt, now };
}

/** Tells why a link that was open a moment ago no longer is: it was used meanwhile, or has just expired. */
export async function rejectedNow(
  services: AccountServices,
  operation: AccountLinkOperation,
  token: string,
): Promise<LinkRejected> {
  const link = await inspectLink(services, operation, token);
  return link.kind === 'linkRejected' ? link : rejectLink('EXPIRED');
}

export function rejectLink(reason: LinkRejected['reason']): LinkRejected {
  return { kind: 'linkRejected', reason };
}
