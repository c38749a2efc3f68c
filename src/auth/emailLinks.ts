// Emailed links. The token in a mail names a row; the row says whether the link still stands, and is used up in the
// transaction of what the link does, so that of many uses at once exactly one succeeds.

import { and, desc, eq, gt, inArray, isNull, lt, ne, sql } from 'drizzle-orm';

import { type Tx } from '../db/database.js';
import { links, users } from '../db/schema.js';
import { type LinkClaims, type LinkOperation } from '../tokens/linkToken.js';
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

/** A link that has just been used up, and whose it was; the user's row is locked. */
export interface UsedLink {
  readonly user: UserRow;
  readonly payload: unknown;
}

export interface NewLink {
  readonly jti: string;
  readonly userId: string;
  readonly operation: LinkOperation;
  /**
   * What the link is to do, where that does not follow from the operation, and whether it comes with a notice, without
   * having been asked for. Never shown to anybody.
   */
  readonly payload?: object;
}

/** How long links that came to their end are kept, to tell those that were used from those that were not. */
const keptMs = 7 * 86_400_000;

/** Open: neither used nor voided. Whether its time is over is another matter. */
const isOpen = and(isNull(links.usedAt), isNull(links.voidedAt));

/**
 * Puts a link on record, unless it is already. The caller holds its user's lock. Where nobody has the user's id, the
 * statement is the same and writes nothing.
 */
export async function addLink(
  tx: Tx,
  services: AccountServices,
  { jti, userId, operation, payload }: NewLink,
  now: Date,
): Promise<void> {
  const createdAt = sql.param(now, links.createdAt);
  const expiresAt = sql.param(endOf(services, operation, now), links.expiresAt);
  const json = payload === undefined ? null : JSON.stringify(payload);
  await tx.execute(sql`
    insert into ${links} (jti, user_id, operation, payload, created_at, expires_at)
    select ${jti}::uuid, ${users.id}, ${operation}, ${json}::text::jsonb, ${createdAt}::timestamptz,
      ${expiresAt}::timestamptz
    from ${users} where ${users.id} = ${userId}::uuid
    on conflict do nothing`);
}

/**
 * Voids the user's open links: all, or those of one operation but for the one that is to stay. The caller holds the
 * user's lock.
 */
export async function voidLinks(
  tx: Tx,
  userId: string,
  now: Date,
  only?: { readonly operation: LinkOperation; readonly except: string },
): Promise<void> {
  const narrowed = only && and(eq(links.operation, only.operation), ne(links.jti, only.except));
  await tx
    .update(links)
    .set({ voidedAt: now })
    .where(and(eq(links.userId, userId), isOpen, narrowed));
}

/**
 * Finds the open link of a user for an operation that does the same, to be mailed again. A link that comes with a notice is
 * never the same as one that was asked for. The caller holds the user's lock.
 *
 * @returns the link's id; null where there is none
 */
export async function findOpenLink(
  tx: Tx,
  userId: string,
  operation: LinkOperation,
  payload: object | null,
): Promise<string | null> {
  const isSame =
    payload === null
      ? isNull(links.payload)
      : sql`${links.payload} = ${JSON.stringify(payload)}::text::jsonb`;
  const [link] = await tx
    .select({ jti: links.jti })
    .from(links)
    .where(and(eq(links.userId, userId), eq(links.operation, operation), isOpen, isSame))
    .orderBy(desc(links.createdAt))
    .limit(1);
  return link?.jti ?? null;
}

/**
 * Gives an open link its time from now on, for the mail that bears it is about to be sent; null when the link is open
 * no longer. Clears away some that are long over.
 */
export async function startLink(
  tx: Tx,
  services: AccountServices,
  jti: string,
  operation: LinkOperation,
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
  await tx.delete(links).where(inArray(links.jti, over));
  return link ?? null;
}

function endOf(services: AccountServices, operation: LinkOperation, now: Date): Date {
  return new Date(now.getTime() + services.linkTtlSeconds[operation] * 1_000);
}

/**
 * What a link comes to, without using it.
 *
 * @throws DatabaseUnavailable when its row cannot be read
 */
export async function inspectLink(
  services: AccountServices,
  operation: LinkOperation,
  token: string,
): Promise<{ readonly kind: 'open'; readonly claims: LinkClaims } | LinkRejected> {
  const verified = services.linkTokens.verify(token, operation, services.clock.now());
  if (verified.kind === 'invalid') return rejected('INVALID');
  const { claims } = verified;
  const [row] = await services.database.read((db) =>
    db
      .select({
        userId: links.userId,
        operation: links.operation,
        usedAt: links.usedAt,
        voidedAt: links.voidedAt,
        disabledAt: users.disabledAt,
      })
      .from(links)
      .innerJoin(users, eq(users.id, links.userId))
      .where(eq(links.jti, claims.jti)),
  );
  if (row?.userId !== claims.sub || row.operation !== operation) {
    return rejected(verified.kind === 'expired' ? 'EXPIRED' : 'INVALID');
  }
  if (row.usedAt !== null) return rejected('USED');
  // Of a disabled account no link does anything.
  return verified.kind === 'expired' || row.voidedAt !== null || row.disabledAt !== null
    ? rejected('EXPIRED')
    : { kind: 'open', claims };
}

/**
 * Uses a link up and does what it is for, in one transaction under the user's lock. What `act` throws leaves the link
 * as it was.
 *
 * @throws DatabaseUnavailable when that cannot be done
 */
export async function actByLink<T>(
  services: AccountServices,
  operation: LinkOperation,
  token: string,
  act: (tx: Tx, link: UsedLink, now: Date) => Promise<T>,
): Promise<T | LinkRejected> {
  const inspected = await inspectLink(services, operation, token);
  if (inspected.kind === 'linkRejected') return inspected;
  const { sub, jti } = inspected.claims;

  const done = await services.database.transact(async (tx) => {
    const user = await lockUser(tx, sub);
    if (user?.disabledAt !== null) return null;
    const now = services.clock.now();
    const [link] = await tx
      .update(links)
      .set({ usedAt: now })
      .where(and(eq(links.jti, jti), isOpen, gt(links.expiresAt, now)))
      .returning({ payload: links.payload });
    if (link === undefined) return null;
    return { value: await act(tx, { user, payload: link.payload }, now) };
  });
  if (done !== null) return done.value;
  // Somebody was quicker, or it has just come to its end: what it was a moment ago is not what it is now.
  const now = await inspectLink(services, operation, token);
  return now.kind === 'linkRejected' ? now : rejected('EXPIRED');
}

function rejected(reason: LinkRejected['reason']): LinkRejected {
  return { kind: 'linkRejected', reason };
}
