// Failures that come with no transaction, such as a wrong password or one attempt too many. They are written behind the
// answers, many in one statement, to whichever accounts have the e-mails. For an e-mail without an account the same
// statement writes nothing, so that neither the answer nor its time tells which e-mails have accounts.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { sql } from 'drizzle-orm';

import { type Background } from '../common/backgroundTasks.js';
import { type Db, type Tx, type Database } from '../db/database.js';
import { securityEvents, users } from '../db/schema.js';
import { type Device, type ClientInfo } from '../users/client.js';
import { type Happening, type SecurityEventOutcome, clientColumns } from './events.js';

export type EventByEmail = Happening & {
  /** The account's normalised address. It is not kept. */
  readonly emailKey: string;
  readonly sessionId: string | null;
  readonly device: Device | null;
  readonly clientInfo: ClientInfo;
  readonly at: Date;
};

/** What anybody can bring about as often as they like: of these an account gets one a minute at most. */
const oncePerMinute: ReadonlySet<SecurityEventOutcome> = new Set(['TOO_MANY_ATTEMPTS', 'EMAIL_TAKEN']);

const minuteMs = 60_000;

/**
 * Writes the events in one statement. It waits for nobody: an account that is being deleted or is changing its address
 * at this very moment is passed over.
 */
export async function recordByEmail(db: Db | Tx, events: readonly EventByEmail[]): Promise<void> {
  const rows = events.map(({ emailKey, sessionId, kind, outcome, device, clientInfo, at }) => ({
    id: randomUUID(),
    emailKey,
    sessionId,
    kind,
    outcome,
    ...clientColumns(device, clientInfo),
    at,
    minute: oncePerMinute.has(outcome) ? Math.floor(at.getTime() / minuteMs) : null,
  }));
  // The id of one that comes once a minute is made of the account and the minute: the key lets no second one in.
  // The lock on the user keeps an event from being written behind a deletion that has just gone over the others.
  await db.execute(sql`
    insert into ${securityEvents}
      (id, user_id, session_id, kind, outcome, device_kind, device_name, user_agent, ip, at)
    select
      case when event."minute" is null then event.id
        else encode(substr(sha256(convert_to(
          concat_ws(' ', account.id, event.outcome, event."minute"), 'UTF8')), 1, 16), 'hex')::uuid end,
      account.id, event."sessionId", event.kind, event.outcome,
      event."deviceKind", event."deviceName", event."userAgent", event.ip, event.at
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as event (
      id uuid, "emailKey" text, "sessionId" uuid, kind text, outcome text, "deviceKind" text, "deviceName" text,
      "userAgent" text, ip text, at timestamptz, "minute" bigint)
    join ${users} as account on account.email_key = event."emailKey"
    for key share of account skip locked
    on conflict (id) do nothing`);
}

export interface FailureRecorder {
  /**
   * Notes a refusal. It returns at once and never throws: one that cannot be written, or comes on top of more than the
   * database can take, is left out.
   */
  note(refusal: EventByEmail): void;
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
  let waiting: EventByEmail[] = [];
  let writing = false;

  const write = async () => {
    try {
      do {
        await pause(gatherMs);
        const events = waiting.slice(0, batch);
        waiting = waiting.slice(batch);
        await database.read((db) => recordByEmail(db, events));
      } while (waiting.length > 0);
    } finally {
      waiting = [];
      writing = false;
    }
  };

  return {
    note(refusal) {
      if (waiting.length >= maxWaiting) return;
      waiting.push(refusal);
      if (writing) return;
      writing = true;
      background.run('write refusals to the audit trail', write);
    },
  };
}
