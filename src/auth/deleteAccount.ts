// Deletes the account of a signed-in user. What its sessions were stays on record, so that their
// tokens are refused with the reason; what identifies the person is erased in batches behind the answer. The user's row says
// that something is left, so that any node finishes what another one has begun.

import { eq, and, desc, isNotNull, or, type SQL, sql } from 'drizzle-orm';
import { type PgColumn, type PgTable } from 'drizzle-orm/pg-core';

import { recordEvent } from '../audit/events.js';
import { type Background } from '../common/backgroundTasks.js';
import { type Tx, type Database } from '../db/database.js';
import { links, securityEvents, sessions, users } from '../db/schema/index.js';
import { inUuids } from '../db/queries.js';
import { endAllSessions } from '../sessions/end.js';
import { readLive } from '../sessions/live.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo } from '../users/types.js';
import { forgetPastEmails, noOtherFactors, type UserRow } from '../users/users.js';
import { forgetNetworks } from './attempts.js';
import { voidChallenges, voidChallengesOfEmail } from './challenges.js';
import { voidLinks } from './emailLinks.js';
import { notifyDeletion } from './emails/notifications.js';
import { withdraw } from './emails/outbox.js';
import { forgetPasskeys } from './factors/passkeys.js';
import { forgetFactors } from './factors/manage.js';
import { forgetIdentities } from './providers/identities.js';
import { type AccountServices, type Eraser } from './services.js';
import { lockSessionWithRequiredFactors, type ActRefused, refusedNow } from './stepUp.js';

export type DeleteAccountOutcome = { readonly kind: 'deleted'; readonly id: string } | ActRefused;

/**
 * Deletes the account; its email is free from then on, and gets a notice if it was verified. The caller has seen
 * that the proof of the session is fresh.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function deleteAccount(
  services: AccountServices,
  session: Session,
  clientInfo: ClientInfo,
): Promise<DeleteAccountOutcome> {
  const { userId: id, device } = session;
  const toPublish = await services.database.transact(async (tx) => {
    const [owner, live] = await Promise.all([
      lockSessionWithRequiredFactors(tx, services, session),
      readLive(tx, id),
    ]);
    if (owner === null) return null;
    const { user, now } = owner;
    const about = { device, clientInfo };
    const event = {
      kind: 'DELETE_ACCOUNT',
      outcome: 'SUCCEEDED',
      userId: id,
      sessionId: session.id,
    } as const;
    recordEvent(tx, { ...event, ...about }, now);
    const everySession = { userId: id, live };
    const ended = endAllSessions(tx, services.policy, everySession, 'ACCOUNT_DELETED', now);
    voidLinks(tx, id, now);
    voidChallenges(tx, id);
    // Else a code from before would open the next account with this email.
    if (user.emailKey !== null) voidChallengesOfEmail(tx, user.emailKey, now);
    withdraw(tx, id, user.emailKey, null);
    forgetFactors(tx, id);
    forgetNetworks(tx, id);
    forgetPasskeys(tx, id);
    forgetIdentities(tx, id);
    anonymise(tx, id, now);
    await notifyDeletion(tx, services, user, about, now);
    await services.on.deleted(tx, id);
    return ended.toPublish;
  });
  if (toPublish === null) return refusedNow(services, session, 'DELETE_ACCOUNT', clientInfo);
  services.endEvents.publishAll(toPublish);
  services.mail?.wake();
  services.eraser.begin(id);
  return { kind: 'deleted', id };
}

/** Removes what identifies the user. Many rows follow in batches: no client can read them from now on. */
function anonymise(tx: Tx, userId: string, now: Date): void {
  const erased = { email: null, emailKey: null, emailVerifiedAt: null };
  const noWayIn = { passwordHash: null, ...noOtherFactors };
  const deleted = { ...erased, ...noWayIn, deletedAt: now, tracesLeft: true };
  tx.send(tx.update(users).set(deleted).where(eq(users.id, userId)));
  forgetPastEmails(tx, userId);
}

/** The rows of one batch. */
const batchSize = 1_000;

type ErasedUntil = NonNullable<UserRow['erasedUntil']>;

interface Trace {
  readonly name: string;
  readonly table: PgTable;
  readonly id: PgColumn;
  readonly userId: PgColumn;
  readonly at: PgColumn;
  readonly erase: (tx: Tx, ids: readonly string[]) => Promise<unknown>;
}

const nowhere = { ip: null, userAgent: null, deviceName: null };

const traces: readonly Trace[] = [
  {
    name: 'sessions',
    table: sessions,
    id: sessions.id,
    userId: sessions.userId,
    at: sessions.signedInAt,
    erase: (tx, ids) => {
      const isLeft = anyLeft(sessions.ip, sessions.userAgent, sessions.deviceName, sessions.idempotencyKey);
      return tx
        .update(sessions)
        .set({ ...nowhere, idempotencyKey: null })
        .where(and(inUuids(sessions.id, ids), isLeft));
    },
  },
  {
    name: 'securityEvents',
    table: securityEvents,
    id: securityEvents.id,
    userId: securityEvents.userId,
    at: securityEvents.at,
    erase: (tx, ids) => {
      const isLeft = anyLeft(securityEvents.ip, securityEvents.userAgent, securityEvents.deviceName);
      return tx
        .update(securityEvents)
        .set(nowhere)
        .where(and(inUuids(securityEvents.id, ids), isLeft));
    },
  },
];

function anyLeft(...columns: readonly PgColumn[]): SQL | undefined {
  return or(...columns.map(isNotNull));
}

/**
 * Creates the eraser of a node.
 *
 * @param parts of the node and not of a request, whose time is over long before
 */
export function createEraser(parts: {
  readonly database: Database;
  readonly background: Background;
}): Eraser {
  const underWay = new Map<string, Promise<void>>();
  const finish = (userId: string) => {
    const erasure = underWay.get(userId) ?? eraseTraces(parts, userId).finally(() => underWay.delete(userId));
    underWay.set(userId, erasure);
    return erasure;
  };
  return {
    begin(userId) {
      parts.background.run('erase a deleted account', () => finish(userId), userId);
    },
    finish,
  };
}

/**
 * Erases all that is left of a deleted account. After an interruption any node continues behind the last batch: no row is read
 * twice.
 *
 * @throws DatabaseUnavailable when it could not go on
 */
async function eraseTraces(
  { database, background }: { readonly database: Database; readonly background: Background },
  userId: string,
): Promise<void> {
  for (;;) {
    const isLeft = await database.transact((tx) => eraseBatch(tx, userId));
    // A stopping node leaves the rest to other nodes.
    if (!isLeft || background.stopping()) return;
  }
}

/** Erases the next batch of an account. @returns whether something is left to do */
async function eraseBatch(tx: Tx, userId: string): Promise<boolean> {
  const isAccount = eq(users.id, userId);
  // Nodes that erase the same account take turns.
  const [turn] = await tx
    .select({ erasedUntil: users.erasedUntil })
    .from(users)
    .where(and(isAccount, users.tracesLeft))
    .for('no key update');
  if (turn === undefined) return false;
  const erasedUntil = await eraseAfter(tx, userId, turn.erasedUntil);
  const tracesLeft = erasedUntil !== null;
  // The links of email changes hold emails. There are as many as the limits let through within a week.
  if (!tracesLeft) await tx.update(links).set({ payload: null }).where(eq(links.userId, userId));
  await tx.update(users).set({ erasedUntil, tracesLeft }).where(isAccount);
  return tracesLeft;
}

/** Erases the rows behind one. @returns the last row of the batch; null when there is nothing behind it */
async function eraseAfter(tx: Tx, userId: string, until: ErasedUntil | null): Promise<ErasedUntil | null> {
  const begun = traces.findIndex(({ name }) => name === until?.table);
  for (const [place, { name, table, id, userId: owner, at, erase }] of traces.entries()) {
    if (place < begun) continue;
    const isAfter =
      until === null || place > begun
        ? undefined
        : sql`(${at}, ${id}) < (${until.at}::timestamptz, ${until.id}::uuid)`;
    const rows = (await tx
      .select({ id, at })
      .from(table)
      .where(and(eq(owner, userId), isAfter))
      .orderBy(desc(at), desc(id))
      .limit(batchSize)) as { readonly id: string; readonly at: Date }[];
    const last = rows.at(-1);
    if (last === undefined) continue;
    const ids = rows.map((row) => row.id);
    await erase(tx, ids);
    if (rows.length === batchSize) return { table: name, at: last.at.toISOString(), id: last.id };
  }
  return null;
}
