// Security events: an act writes one in its own transaction, so that neither is there without the other; a person reads
// those of their own account. None holds a password, a token, or an e-mail that was typed.

import { randomUUID } from 'node:crypto';

import { lt } from 'drizzle-orm';

import { type Clock } from '../common/clock.js';
import { purgeRows } from '../db/batchDelete.js';
import { type Tx, type Database } from '../db/database.js';
import { type Page, type PageQuestion, readPage } from '../db/keysetPage.js';
import {
  type outcomesOfKinds,
  type securityEventKinds,
  type securityEventOutcomes,
  securityEvents,
} from '../db/schema.js';
import { type ClientInfo, type Device } from '../users/client.js';

export type SecurityEventKind = (typeof securityEventKinds)[number];
export type SecurityEventOutcome = (typeof securityEventOutcomes)[number];

export interface SecurityEvent {
  readonly id: string;
  readonly userId: string;
  /** The session that asked for it, or that a sign-in opened; null where there was none. It may have been purged. */
  readonly sessionId: string | null;
  readonly kind: SecurityEventKind;
  readonly outcome: SecurityEventOutcome;
  /** Null where the act says nothing of it. */
  readonly device: Device | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly at: Date;
}

type Outcomes = typeof outcomesOfKinds;

/** A kind with an outcome that it can have. */
export type Happening = {
  readonly [Kind in SecurityEventKind]: { readonly kind: Kind; readonly outcome: Outcomes[Kind][number] };
}[SecurityEventKind];

/** The acts that ask for a password. */
export type GuardedKind = {
  readonly [Kind in SecurityEventKind]: 'WRONG_PASSWORD' extends Outcomes[Kind][number] ? Kind : never;
}[SecurityEventKind];

/** The columns that tell where an event came from. */
export function clientColumns(device: Device | null, { ip, userAgent }: ClientInfo) {
  return {
    deviceKind: device?.kind ?? null,
    deviceName: device?.name ?? null,
    userAgent,
    ip,
  };
}

export function toSecurityEvent(row: typeof securityEvents.$inferSelect): SecurityEvent {
  return {
    id: row.id,
    userId: row.userId,
    sessionId: row.sessionId,
    kind: row.kind,
    outcome: row.outcome,
    device: row.deviceKind === null ? null : { kind: row.deviceKind, name: row.deviceName },
    userAgent: row.userAgent,
    ipAddress: row.ip,
    at: row.at,
  };
}

export type RecordedEvent = Happening & {
  readonly userId: string;
  /** The session that asks for it, or that a sign-in has opened; null where there is none. */
  readonly sessionId: string | null;
  /** Null where the act says nothing of it. */
  readonly device: Device | null;
  readonly clientInfo: ClientInfo;
};

/** Records an event in the transaction of what happened. The caller holds the user's lock. */
export function recordEvent(tx: Tx, event: RecordedEvent, now: Date): void {
  recordEvents(tx, [event], now);
}

/** Records several events by one statement. */
export function recordEvents(tx: Tx, events: readonly RecordedEvent[], now: Date): void {
  if (events.length === 0) return;
  tx.send(
    tx.insert(securityEvents).values(
      events.map(({ userId, sessionId, kind, outcome, device, clientInfo }) => ({
        id: randomUUID(),
        userId,
        sessionId,
        kind,
        outcome,
        ...clientColumns(device, clientInfo),
        at: now,
      })),
    ),
  );
}

/**
 * A page of the user's events, newest first.
 *
 * @throws DatabaseUnavailable when they cannot be read
 */
export async function listSecurityEvents(
  { database }: { readonly database: Pick<Database, 'read'> },
  question: PageQuestion,
): Promise<Page<SecurityEvent>> {
  const { userId, at, id } = securityEvents;
  return readPage(database, question, { userId, at, id }, async (db, { where, order, limit }) => {
    const rows = await db
      .select()
      .from(securityEvents)
      .where(where)
      .orderBy(...order)
      .limit(limit);
    return rows.map(toSecurityEvent);
  });
}

const dayMs = 86_400_000;

/**
 * @param keptDays for how many days an event is kept
 * @returns how many went
 * @throws DatabaseUnavailable when it could not go on
 */
export async function purgeSecurityEvents(
  { database, clock }: { readonly database: Pick<Database, 'transact'>; readonly clock: Clock },
  keptDays: number,
): Promise<number> {
  const { id, at } = securityEvents;
  const before = new Date(clock.now().getTime() - keptDays * dayMs);
  return purgeRows(database, { id, oldest: at, isOver: lt(at, before) });
}
