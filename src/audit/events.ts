// Security events: an act writes one in its own transaction, so that neither is there without the other; a person reads
// those of their own account. None holds a password, a token, or an email that was typed.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { lt, sql } from 'drizzle-orm';

import { type Background } from '../common/backgroundTasks.js';
import { type Clock, daysBefore } from '../common/clock.js';
import { networkOf } from '../common/networks.js';
import { type Page, type PageQuestion, purgeRows, readPage } from '../db/queries.js';
import { type Database, type Db, type Tx, builtOnce } from '../db/database.js';
import {
  type operatorActs,
  operatorEvents,
  type outcomesOfKinds,
  type securityEventKinds,
  type securityEventOutcomes,
  securityEvents,
  users,
} from '../db/schema/index.js';
import { type ClientInfo, type Device } from '../users/types.js';

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

/** The kinds of acts that can have an outcome. */
type KindWith<Outcome extends SecurityEventOutcome> = {
  readonly [Kind in SecurityEventKind]: Outcome extends Outcomes[Kind][number] ? Kind : never;
}[SecurityEventKind];

/** The acts that ask for a password. */
export type GuardedKind = KindWith<'WRONG_PASSWORD'>;

/** The acts that need a fresh proof. */
export type StepUpKind = KindWith<'STEP_UP_REQUIRED'>;

/** Returns the columns of the device and the client of an event. */
function clientColumns(device: Device | null, { ip, userAgent }: ClientInfo) {
  return {
    deviceKind: device?.kind ?? null,
    deviceName: device?.name ?? null,
    userAgent,
    ip,
  };
}

function toSecurityEvent(row: typeof securityEvents.$inferSelect): SecurityEvent {
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

const eventRow = builtOnce(
  ['id', 'userId', 'sessionId', 'kind', 'outcome', 'deviceKind', 'deviceName', 'userAgent', 'ip', 'at'],
  (db, row) => db.insert(securityEvents).values(row),
);

/** Records an event in the transaction of what happened. The caller holds the user's lock. */
export function recordEvent(tx: Tx, event: RecordedEvent, now: Date): void {
  tx.send(eventRow(tx, toRow(event, now)));
}

/** Records several events by one statement. */
export function recordEvents(tx: Tx, events: readonly RecordedEvent[], now: Date): void {
  if (events.length === 0) return;
  tx.send(tx.insert(securityEvents).values(events.map((event) => toRow(event, now))));
}

function toRow({ userId, sessionId, kind, outcome, device, clientInfo }: RecordedEvent, at: Date) {
  return { id: randomUUID(), userId, sessionId, kind, outcome, ...clientColumns(device, clientInfo), at };
}

/** Records what an operator does to what belongs to no account, in the transaction of the act. */
export function recordOperatorEvent(
  tx: Tx,
  act: (typeof operatorActs)[number],
  subject: string,
  at: Date,
): void {
  tx.send(tx.insert(operatorEvents).values({ id: randomUUID(), act, subject, at }));
}

/**
 * Lists a page of the user's events, newest first.
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

/**
 * Deletes events that are kept no longer, those of operators included.
 *
 * @param keptDays for how many days an event is kept
 * @returns how many went
 * @throws DatabaseUnavailable when it could not go on
 */
export async function purgeSecurityEvents(
  { database, clock }: { readonly database: Pick<Database, 'transact'>; readonly clock: Clock },
  keptDays: number,
): Promise<number> {
  const before = daysBefore(clock.now(), keptDays);
  let purged = 0;
  for (const { id, at } of [securityEvents, operatorEvents])
    purged += await purgeRows(database, { id, oldest: at, isOver: lt(at, before) });
  return purged;
}

export type EventByEmail = Happening & {
  /** The account's normalised email. It is not kept. */
  readonly emailKey: string;
  readonly sessionId: string | null;
  readonly device: Device | null;
  readonly clientInfo: ClientInfo;
  readonly at: Date;
};

/** A client can cause these as often as it likes: for each kind of act an account gets one a minute at most. */
const oncePerMinute: ReadonlySet<SecurityEventOutcome> = new Set([
  'TOO_MANY_ATTEMPTS',
  'EMAIL_TAKEN',
  'STEP_UP_REQUIRED',
  'ACCOUNT_DISABLED',
  'EMAIL_NOT_VERIFIED',
  'SESSION_LIMIT_REACHED',
  'COPIED_PASSKEY',
  'LAST_WAY_IN',
  // Of a sign-in that is asked for again, from each network. One that opens a session is recorded in its transaction.
  'SUCCEEDED',
]);

const minuteMs = 60_000;

/**
 * Returns the same key for all events of an account of which one a minute is enough; null for an event that is always
 * written. Each kind of act has keys of its own: a client that repeats one kind does not keep another out.
 */
function deduplicationKeyOf({ kind, outcome, at, clientInfo }: EventByEmail): string | null {
  if (!oncePerMinute.has(outcome)) return null;
  const minute = `${kind} ${outcome} ${String(Math.floor(at.getTime() / minuteMs))}`;
  return outcome === 'SUCCEEDED' ? `${minute} ${networkOf(clientInfo.ip)}` : minute;
}

/**
 * Writes the events in one statement. It waits for no lock: an account that is being deleted or is changing its email at
 * this very moment is passed over. For an email without an account the statement writes nothing, so that neither the
 * answer nor its time tells which emails have accounts.
 */
export async function recordByEmail(db: Db | Tx, events: readonly EventByEmail[]): Promise<void> {
  const rows = events.map((event) => ({
    id: randomUUID(),
    emailKey: event.emailKey,
    sessionId: event.sessionId,
    kind: event.kind,
    outcome: event.outcome,
    ...clientColumns(event.device, event.clientInfo),
    at: event.at,
    deduplicationKey: deduplicationKeyOf(event),
  }));
  // The id of one that comes once a minute is made of the account and the minute: the key lets no second one in.
  // The lock on the user keeps an event from being written behind a deletion that has just gone over the others.
  await db.execute(sql`
    insert into ${securityEvents}
      (id, user_id, session_id, kind, outcome, device_kind, device_name, user_agent, ip, at)
    select
      case when event."deduplicationKey" is null then event.id
        else encode(substr(sha256(convert_to(
          concat_ws(' ', account.id, event."deduplicationKey"), 'UTF8')), 1, 16), 'hex')::uuid end,
      account.id, event."sessionId", event.kind, event.outcome,
      event."deviceKind", event."deviceName", event."userAgent", event.ip, event.at
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as event (
      id uuid, "emailKey" text, "sessionId" uuid, kind text, outcome text, "deviceKind" text, "deviceName" text,
      "userAgent" text, ip text, at timestamptz, "deduplicationKey" text)
    join ${users} as account on account.email_key = event."emailKey"
    for key share of account skip locked
    on conflict (id) do nothing`);
}

/**
 * Records what changes nothing, such as a wrong password or one attempt too many: behind the answers, many in one statement,
 * to whichever accounts have the emails.
 */
export interface FailureRecorder {
  /**
   * Notes an event. It returns at once and never throws: one that cannot be written, or comes on top of more than the
   * database can take, is left out.
   */
  note(event: EventByEmail): void;
}

/** How long refusals are gathered, in milliseconds: until the answers that they belong to are out. */
const gatherMs = 200;

/** The most of one statement. */
const batch = 200;

/** The most that may wait on one node. */
const maxWaiting = 2_000;

export function createFailureRecorder(
  database: Pick<Database, 'read'>,
  background: Background,
): FailureRecorder {
  /** By deduplication key, so that a client that repeats itself takes one place and keeps no other event out. */
  const waiting = new Map<string, EventByEmail>();
  let writing = false;

  const write = async () => {
    try {
      do {
        await pause(gatherMs);
        const some = [...waiting].slice(0, batch);
        for (const [key] of some) waiting.delete(key);
        const events = some.map(([, event]) => event);
        await database.read((db) => recordByEmail(db, events));
      } while (waiting.size > 0);
    } finally {
      waiting.clear();
      writing = false;
    }
  };

  return {
    note(event) {
      const deduplicationKey = deduplicationKeyOf(event);
      const key = deduplicationKey === null ? randomUUID() : `${event.emailKey} ${deduplicationKey}`;
      if (waiting.size >= maxWaiting || waiting.has(key)) return;
      waiting.set(key, event);
      if (writing) return;
      writing = true;
      background.run('write refusals to the audit trail', write);
    },
  };
}
