// The ends of all sessions in the order in which they became visible, for those who follow them. A cursor is a snapshot of
// PostgreSQL: the ends after it are those whose transactions it did not see. So no end is missed whose transaction commits
// late, whatever the clocks say, and a reader goes on where it stopped on any node.

import { eq, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';

import { type Database, type Db } from '../db/database.js';
import { sessions } from '../db/schema/index.js';
import { type Device, type DeviceKind } from '../users/types.js';
import { type EndReason } from './types.js';

export interface Ending {
  readonly sessionId: string;
  readonly userId: string;
  readonly reason: EndReason;
  readonly at: Date;
  /** The device that took its place, for SUPERSEDED. */
  readonly by: Device | null;
}

export interface EndingsPage {
  readonly endings: readonly Ending[];
  /** The position from which to read on. */
  readonly cursor: string;
  /** Whether there are more ends now. */
  readonly hasMore: boolean;
  /** Whether the cursor is of another history, such as before a backup was restored: ends may have been missed. */
  readonly isReset: boolean;
}

export interface Endings {
  /**
   * Reads the ends that the cursor did not see, at most some {@link pageSize}.
   *
   * @param cursor one that {@link isCursor} accepts; null to begin now, with no ends
   * @throws DatabaseUnavailable when they cannot be read
   */
  after(cursor: string | null): Promise<EndingsPage>;
}

/** The ends of one page; a transaction that ended more is not torn apart. */
const pageSize = 500;

export function createEndings(database: Pick<Database, 'prepare'>): Endings {
  const query = database.prepare(prepareEndings);
  return {
    async after(cursor) {
      const rows = await query({ cursor: cursor ?? nothingSeen, size: cursor === null ? 0 : pageSize });
      const here = parseCursor(rows[0]?.snapshot ?? '');
      const from = cursor === null ? here : parseCursor(cursor);
      if (here === null || from === null) throw new Error('no cursor');
      const next = { cursor: formatCursor(here), hasMore: false };
      if (from.xmax > here.xmax) return { ...next, endings: [], isReset: true };
      const found = rows.flatMap(toEnding);
      const endings = found.map(({ ending }) => ending);
      const last = found.at(-1);
      if (last === undefined || found.length < pageSize) return { ...next, endings, isReset: false };
      const reached = formatCursor(upTo(from, here, BigInt(last.endedIn)));
      return { endings, cursor: reached, hasMore: true, isReset: false };
    },
  };
}

/** The snapshot that saw nothing; with no rows asked for, it is only a form. */
const nothingSeen = '1:1:';

function prepareEndings(db: Db) {
  const successors = alias(sessions, 'successors');
  const cursor = sql`${sql.placeholder('cursor')}::pg_snapshot`;
  const first = sql`order by ended_in fetch first (${sql.placeholder('size')}::integer) rows with ties`;
  const ends = sql`select id, user_id, ended_at, end_reason, superseded_by, ended_in from ${sessions}`;
  // The transactions that began behind the snapshot, and those that it saw in progress. Not all since the oldest of these: a
  // transaction that stays open, in any database of the server, would have each read go through all ends since it began. No row
  // from the future: a dump that was restored into a new server brings ids that it has not reached.
  const page = sql`(
    select * from (
      (${ends} where ended_in >= pg_snapshot_xmax(${cursor}) and ended_in < pg_snapshot_xmax(pg_current_snapshot()) ${first})
      union all
      (${ends} where ended_in = any(array(select pg_snapshot_xip(${cursor}))) ${first})
    ) as unseen ${first}) as page`;
  return db
    .select({
      snapshot: sql<string>`pg_current_snapshot()::text`,
      sessionId: sql<string | null>`page.id`,
      userId: sql<string | null>`page.user_id`,
      at: sql<Date | null>`page.ended_at`.mapWith(sessions.endedAt),
      reason: sql<EndReason | null>`page.end_reason`,
      endedIn: sql<string | null>`page.ended_in::text`,
      successorKind: successors.deviceKind,
      successorName: successors.deviceName,
    })
    .from(sql`(select 1) as one`)
    .leftJoin(page, sql`true`)
    .leftJoin(successors, eq(successors.id, sql`page.superseded_by`))
    .orderBy(sql`page.ended_in`)
    .prepare('session_endings');
}

interface Row {
  readonly sessionId: string | null;
  readonly userId: string | null;
  readonly at: Date | null;
  readonly reason: EndReason | null;
  readonly endedIn: string | null;
  readonly successorKind: DeviceKind | null;
  readonly successorName: string | null;
}

/** Reads the end in a row; none in the row that only has the snapshot. */
function toEnding(row: Row): readonly { readonly ending: Ending; readonly endedIn: string }[] {
  const { sessionId, userId, at, reason, endedIn, successorKind: kind, successorName: name } = row;
  if (sessionId === null || userId === null || at === null || reason === null || endedIn === null) return [];
  const by = reason === 'SUPERSEDED' && kind !== null ? { kind, name } : null;
  return [{ ending: { sessionId, userId, reason, at, by }, endedIn }];
}

/** A snapshot of PostgreSQL: what was committed below `xmin`, and below `xmax` but for those that were in progress. */
interface Snapshot {
  readonly xmin: bigint;
  readonly xmax: bigint;
  readonly inProgress: readonly bigint[];
}

const cursorForm = /^(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19})*)?)$/;

/** It stands in a header of the client that resumes. */
const maxCursorCharacters = 4_096;

export function isCursor(text: string): boolean {
  return parseCursor(text) !== null;
}

/** Reads a cursor; null for a text that PostgreSQL would refuse. */
function parseCursor(text: string): Snapshot | null {
  const [, xminText, xmaxText, list = ''] =
    text.length > maxCursorCharacters ? [] : (cursorForm.exec(text) ?? []);
  if (xminText === undefined || xmaxText === undefined) return null;
  const [xmin, xmax] = [BigInt(xminText), BigInt(xmaxText)];
  const inProgress = list === '' ? [] : list.split(',').map(BigInt);
  const isInOrder = inProgress.every(
    (id, index) => id >= xmin && id < xmax && id > (inProgress[index - 1] ?? -1n),
  );
  return xmin > 0n && xmin <= xmax && isInOrder ? { xmin, xmax, inProgress } : null;
}

function formatCursor({ xmin, xmax, inProgress }: Snapshot): string {
  const text = `${String(xmin)}:${String(xmax)}:${inProgress.join(',')}`;
  // With very many transactions in progress: some ends after the oldest of them are then read again.
  return text.length > maxCursorCharacters ? `${String(xmin)}:${String(xmin)}:` : text;
}

/** Returns the snapshot of a reader that went from one snapshot towards another, up to the transaction `last`. */
function upTo(from: Snapshot, to: Snapshot, last: bigint): Snapshot {
  const inProgress = [
    ...to.inProgress.filter((id) => id <= last),
    ...from.inProgress.filter((id) => id > last),
  ];
  const xmax = from.xmax > last ? from.xmax : last + 1n;
  return { xmin: inProgress[0] ?? xmax, xmax, inProgress };
}
