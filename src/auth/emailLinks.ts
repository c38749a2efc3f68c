// The rows of emailed links: an act puts one on record, voids it, or gives it its time when the mail is made. The token in the
// mail names the row; useLink.ts uses it.

import { and, desc, eq, gt, gte, inArray, isNull, lt, ne, not, type SQL, sql } from 'drizzle-orm';

import { type Tx } from '../db/database.js';
import { links, pastEmails, sessions, users } from '../db/schema/index.js';
import { type AccountLinkOperation, type SignedLink } from '../tokens/linkToken.js';
import { type AccountServices } from './services.js';

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
export const isDisowned = sql<boolean>`exists (
  select from ${sessions} where ${sessions.id} = (${links.payload} ->> 'sessionId')::uuid
    and ${sessions.endReason} = 'REVOKED')`;

/** Open: neither used, voided nor disowned. It may have expired. */
export const isOpen = and(isNull(links.usedAt), isNull(links.voidedAt), not(isDisowned));

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
