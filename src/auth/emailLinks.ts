// Emailed links. The token in a mail names a row; the row says whether the link is open, and is used up in the
// transaction of what the link does, so that of many uses at once exactly one succeeds.

import { and, desc, eq, gt, gte, inArray, isNull, lt, ne, not, type SQL, sql } from 'drizzle-orm';

import { type Db, type Tx } from '../db/database.js';
import { links, pastEmails, sessions, users } from '../db/schema/index.js';
import { type Limited } from '../rateLimit/reservations.js';
import { type AccountLinkOperation, type LinkClaims, type SignedLink } from '../tokens/linkToken.js';
import { type ClientInfo } from '../users/types.js';
import { lockUser, type UserRow } from '../users/users.js';
import { type AccountServices } from './services.js';

/**
 * Why a link does nothing. INVALID: it is none that this server signed for the operation. EXPIRED: its time is over,
 * or the account has changed since it was mailed. USED: it has done its work.
 */
export interface LinkRejected {
  readonly kind: 'linkRejected';
  readonly reason: 'INVALID' | 'EXPIRED' | 'USED';
}

/** A link that is put on record. */
export interface NewLink {
  readonly jti: string;
  readonly userId: string;
  readonly operation: AccountLinkOperation;
  /**
   * The data of the operation, where it needs some, and whether the link comes with a notice, without
   * having been asked for. No answer shows it.
   */
  readonly payload?: object;
}

/** How long links that were used or have expired are kept, to tell the one from the other. */
const keptMs = 7 * 86_400_000;

/**
 * Whether the user has ended, from another session, the session that asked for the link: it may have been a thief's. Where such
 * a session is purged, its links are voided.
 */
const isDisowned = sql<boolean>`exists (
  select from ${sessions} where ${sessions.id} = (${links.payload} ->> 'sessionId')::uuid
    and ${sessions.endReason} = 'REVOKED')`;

/** Open: neither used, voided nor disowned. It may have expired. */
const isOpen = and(isNull(links.usedAt), isNull(links.voidedAt), not(isDisowned));

/** A link that undoes a change names it in its payload. */
const isUndo = sql`${links.payload} -> 'undo' is not null`;

/**
 * Puts a link on record, unless it is already. The caller holds its user's lock. Where no user has the id, the
 * statement is the same and writes nothing.
 */
export function addLink(
  tx: Tx,
  services: Pick<AccountServices, 'linkTtlSeconds'>,
  { jti, userId, operation, payload }: NewLink,
  now: Date,
): void {
  const createdAt = sql.param(now, links.createdAt);
  const expiresAt = sql.param(endOf(services, operation, now), links.expiresAt);
  const json = payload === undefined ? null : JSON.stringify(payload);
  tx.send(
    tx.execute(sql`insert into ${links} (jti, user_id, operation, payload, created_at, expires_at)
      select ${jti}::uuid, ${users.id}, ${operation}, ${json}::text::jsonb, ${createdAt}::timestamptz,
        ${expiresAt}::timestamptz
      from ${users} where ${users.id} = ${userId}::uuid
      on conflict do nothing`),
  );
}

/**
 * Voids the user's open links: all, or those of one operation but for the one that is to stay. The caller holds the
 * user's lock.
 */
export function voidLinks(
  tx: Tx,
  userId: string,
  now: Date,
  only?: { readonly operation: AccountLinkOperation; readonly except: string },
): void {
  const narrowed = only && and(eq(links.operation, only.operation), ne(links.jti, only.except));
  voidThose(tx, userId, now, narrowed);
}

/**
 * Voids the user's open links but those that undo something: a thief must not void what the owner was mailed by changing
 * more. The caller holds the user's lock.
 */
export function voidLinksButUndo(tx: Tx, userId: string, now: Date): void {
  voidThose(tx, userId, now, not(isUndo));
}

/** Voids the user's open links that undo what was done from then on. The caller holds the user's lock. */
export function voidUndoLinks(tx: Tx, userId: string, since: Date, now: Date): void {
  voidThose(tx, userId, now, and(isUndo, gte(links.createdAt, since)));
}

function voidThose(tx: Tx, userId: string, now: Date, those: SQL | undefined): void {
  tx.send(
    tx
      .update(links)
      .set({ voidedAt: now })
      .where(and(eq(links.userId, userId), isOpen, those)),
  );
}

/** Tells whether the last account with an email can still get it back by the link of a notice. */
export async function isHeldBack(tx: Tx, emailKey: string, now: Date): Promise<boolean> {
  const [held] = await tx
    .select({ jti: links.jti })
    .from(pastEmails)
    .innerJoin(links, eq(links.userId, pastEmails.userId))
    .where(
      and(
        eq(pastEmails.emailKey, emailKey),
        isOpen,
        gt(links.expiresAt, now),
        sql`${links.payload} -> 'undo' -> 'restore' ->> 'emailKey' = ${emailKey}`,
      ),
    )
    .limit(1);
  return held !== undefined;
}

/**
 * Finds the open link of a user for an operation that does the same, whichever session asks, to be mailed again. A link that
 * comes with a notice is never the same as one that was asked for. The caller holds the user's lock.
 *
 * @returns the link's id; null where there is none
 */
export async function findOpenLink(
  tx: Tx,
  userId: string,
  operation: AccountLinkOperation,
  payload: object | null,
): Promise<string | null> {
  const isSame =
    payload === null
      ? isNull(links.payload)
      : sql`${links.payload} - 'sessionId' = ${JSON.stringify(payload)}::text::jsonb - 'sessionId'`;
  const [link] = await tx
    .select({ jti: links.jti })
    .from(links)
    .where(and(eq(links.userId, userId), eq(links.operation, operation), isOpen, isSame))
    .orderBy(desc(links.createdAt))
    .limit(1);
  return link?.jti ?? null;
}

/**
 * Gives an open link its time from now on, for the mail that contains it is about to be sent; null when the link is open
 * no longer. Clears away some that are long over.
 */
export async function startLink(
  tx: Tx,
  services: AccountServices,
  jti: string,
  operation: AccountLinkOperation,
  now: Date,
): Promise<{ readonly expiresAt: Date } | null> {
  const [link] = await tx
    .update(links)
    .set({ expiresAt: endOf(services, operation, now) })
    .where(and(eq(links.jti, jti), isOpen))
    .returning({ expiresAt: links.expiresAt });
  const over = tx
    .select({ jti: links.jti })
    .from(links)
    .where(lt(links.expiresAt, new Date(now.getTime() - keptMs)))
    .limit(20)
    .for('update', { skipLocked: true });
  tx.send(tx.delete(links).where(inArray(links.jti, over)));
  return link ?? null;
}

function endOf(
  services: Pick<AccountServices, 'linkTtlSeconds'>,
  operation: AccountLinkOperation,
  now: Date,
): Date {
  return new Date(now.getTime() + services.linkTtlSeconds[operation] * 1_000);
}

/** Signs the token of a link, and gives the URL that contains it. */
export function linkUrl(
  { linkTokens }: Pick<AccountServices, 'linkTokens'>,
  linkBase: string,
  link: SignedLink,
  now: Date,
): string {
  return `${linkBase}/${link.operation}?token=${linkTokens.sign(link, now)}`;
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
