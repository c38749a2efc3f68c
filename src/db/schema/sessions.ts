// Sessions, live and ended.

import { sql } from 'drizzle-orm';
import { type AnyPgColumn, check, index, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';

import { hufu, moment, isOneOf, isSubsetOf, transactionId } from './columns.js';
import { authenticationMethods, deviceKinds, endReasons } from './kinds.js';
import { users } from './users.js';

/** Sessions, live and ended. The id is the uuid in the token; an ended row stays, and stays ended. */
export const sessions = hufu.table(
  'sessions',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    slot: text('slot').notNull(),
    deviceKind: text('device_kind', { enum: deviceKinds }).notNull(),
    deviceName: text('device_name'),
    userAgent: text('user_agent'),
    ip: text('ip'),
    idempotencyKey: uuid('idempotency_key'),
    /** The methods of the proof that opened it. */
    methods: text('methods', { enum: authenticationMethods }).array().notNull(),
    /** When the person last proved who they are: an act that changes a way in needs a fresh proof. */
    provedAt: moment('proved_at').notNull(),
    signedInAt: moment('signed_in_at').notNull(),
    lastSeenAt: moment('last_seen_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    endedAt: moment('ended_at'),
    endReason: text('end_reason', { enum: endReasons }),
    /**
     * The transaction that wrote the end, by a trigger: the feed of ended sessions reads on from what was
     * visible to its last read. `ended_at` is no such order, since an end may be written long after the moment it names.
     */
    endedIn: transactionId('ended_in'),
    supersededBy: uuid('superseded_by').references((): AnyPgColumn => sessions.id, { onDelete: 'set null' }),
  },
  (table) => [
    // The promise itself: whatever the code does, a second live session in one slot cannot be written.
    uniqueIndex('sessions_one_live_per_slot')
      .on(table.userId, table.slot)
      .where(sql`${table.endedAt} is null`),
    // Read backwards for the newest first. With `desc()` the generator writes NULLS LAST, which no `order by` here matches.
    index('sessions_by_user').on(table.userId, table.signedInAt, table.id),
    index('sessions_live_by_user')
      .on(table.userId, table.signedInAt, table.id)
      .where(sql`${table.endedAt} is null`),
    index('sessions_live_by_end')
      .on(table.expiresAt)
      .where(sql`${table.endedAt} is null`),
    // None on last_seen_at: with one, each note of a use would write to every index.
    index('sessions_ended_by_end')
      .on(table.endedAt)
      .where(sql`${table.endedAt} is not null`),
    index('sessions_ended_by_transaction')
      .on(table.endedIn)
      .where(sql`${table.endedIn} is not null`),
    // Without it, purging a row would scan the table for rows that point at it.
    index('sessions_superseded_by')
      .on(table.supersededBy)
      .where(sql`${table.supersededBy} is not null`),
    check('sessions_device_kind', isOneOf(table.deviceKind, deviceKinds)),
    check('sessions_methods', isSubsetOf(table.methods, authenticationMethods)),
    check('sessions_end_reason', isOneOf(table.endReason, endReasons)),
    check('sessions_reason_with_end', sql`(${table.endedAt} is null) = (${table.endReason} is null)`),
    check('sessions_superseded_is_ended', sql`${table.supersededBy} is null or ${table.endedAt} is not null`),
    check('sessions_end_after_start', sql`${table.expiresAt} > ${table.signedInAt}`),
  ],
);
