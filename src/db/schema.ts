// The tables, for both drivers; `drizzle/` holds the migration generated from them. The rules that must hold under any race
// are here: one account for an email, one live session for a slot, only events that can happen.

import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgSchema,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

// Not exported: the generator would then write a `create schema`, which fails where an operator has made the schema for
// a role that may not. Migrating makes it where it is missing.
const hufu = pgSchema('hufu');

/** Milliseconds, as JavaScript's Date and the contract's DateTime have them. */
const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

export const deviceKinds = ['WEB', 'DESKTOP', 'MOBILE', 'TABLET', 'TV', 'OTHER'] as const;

export const endReasons = [
  'EXPIRED',
  'IDLE',
  'SUPERSEDED',
  'LOGGED_OUT',
  'REVOKED',
  'PASSWORD_CHANGED',
  'ACCOUNT_DISABLED',
  'ACCOUNT_DELETED',
] as const;

const linkOperations = ['verifyEmail', 'resetPassword', 'confirmEmailChange'] as const;

/** The acts by their mutations' names, and what an operator does. */
export const securityEventKinds = [
  'REGISTER',
  'LOGIN',
  'LOGOUT',
  'END_SESSION',
  'END_OTHER_SESSIONS',
  'CHANGE_PASSWORD',
  'RESET_PASSWORD',
  'VERIFY_EMAIL',
  'REQUEST_EMAIL_CHANGE',
  'CONFIRM_EMAIL_CHANGE',
  'DELETE_ACCOUNT',
  'OPERATOR_DISABLE',
  'OPERATOR_ENABLE',
  'OPERATOR_END_SESSIONS',
] as const;

export const securityEventOutcomes = [
  'SUCCEEDED',
  'WRONG_PASSWORD',
  'TOO_MANY_ATTEMPTS',
  'ACCOUNT_DISABLED',
  'EMAIL_NOT_VERIFIED',
  'SESSION_LIMIT_REACHED',
  'EMAIL_TAKEN',
] as const;

/** What can come of each act. */
export const outcomesOfKinds = {
  REGISTER: ['SUCCEEDED', 'EMAIL_TAKEN'],
  LOGIN: [
    'SUCCEEDED',
    'WRONG_PASSWORD',
    'TOO_MANY_ATTEMPTS',
    'ACCOUNT_DISABLED',
    'EMAIL_NOT_VERIFIED',
    'SESSION_LIMIT_REACHED',
  ],
  LOGOUT: ['SUCCEEDED'],
  END_SESSION: ['SUCCEEDED'],
  END_OTHER_SESSIONS: ['SUCCEEDED'],
  CHANGE_PASSWORD: ['SUCCEEDED', 'WRONG_PASSWORD', 'TOO_MANY_ATTEMPTS'],
  RESET_PASSWORD: ['SUCCEEDED'],
  VERIFY_EMAIL: ['SUCCEEDED'],
  REQUEST_EMAIL_CHANGE: ['SUCCEEDED', 'WRONG_PASSWORD', 'TOO_MANY_ATTEMPTS'],
  CONFIRM_EMAIL_CHANGE: ['SUCCEEDED'],
  DELETE_ACCOUNT: ['SUCCEEDED', 'WRONG_PASSWORD', 'TOO_MANY_ATTEMPTS'],
  OPERATOR_DISABLE: ['SUCCEEDED'],
  OPERATOR_ENABLE: ['SUCCEEDED'],
  OPERATOR_END_SESSIONS: ['SUCCEEDED'],
} as const satisfies Record<
  (typeof securityEventKinds)[number],
  readonly (typeof securityEventOutcomes)[number][]
>;

const oneOf = (column: AnyPgColumn, values: readonly string[]) =>
  sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(', '))})`;

const happenings = Object.entries(outcomesOfKinds)
  .flatMap(([kind, outcomes]) => outcomes.map((outcome) => `('${kind}', '${outcome}')`))
  .join(', ');

/** Accounts. A deleted account keeps its row, without email, key and hash, for its tombstones to point at. */
export const users = hufu.table(
  'users',
  {
    id: uuid('id').primaryKey(),
    email: text('email'),
    emailKey: text('email_key').unique('users_email_key_unique'),
    passwordHash: text('password_hash'),
    emailVerifiedAt: moment('email_verified_at'),
    disabledAt: moment('disabled_at'),
    deletedAt: moment('deleted_at'),
    createdAt: moment('created_at').notNull(),
    lastLoginAt: moment('last_login_at'),
    /**
     * A session without a tombstone that was opened before this moment has ended all the same, at `sessionsEndedAt` and
     * for `sessionsEndReason`; except the one spared. Tombstones follow in batches, and then this is null again.
     */
    sessionsEndedBefore: moment('sessions_ended_before'),
    sessionsEndedAt: moment('sessions_ended_at'),
    sessionsEndReason: text('sessions_end_reason', { enum: endReasons }),
    sessionSpared: uuid('session_spared'),
    /** Whether rows of a deleted account still hold what tells whose it was. */
    tracesLeft: boolean('traces_left').notNull().default(false),
  },
  (table) => [
    index('users_unfinished')
      .on(table.id)
      .where(sql`${table.tracesLeft} or ${table.sessionsEndedBefore} is not null`),
    check('users_sessions_end_reason', oneOf(table.sessionsEndReason, endReasons)),
    check(
      'users_sessions_ended_before',
      sql`num_nulls(${table.sessionsEndedBefore}, ${table.sessionsEndedAt}, ${table.sessionsEndReason}) in (0, 3)`,
    ),
    check('users_traces_of_deleted', sql`not ${table.tracesLeft} or ${table.deletedAt} is not null`),
    check(
      'users_anonymous_when_deleted',
      sql`case when ${table.deletedAt} is null
        then ${table.email} is not null and ${table.emailKey} is not null and ${table.passwordHash} is not null
        else ${table.email} is null and ${table.emailKey} is null and ${table.passwordHash} is null end`,
    ),
  ],
);

/** Sessions, live and ended. The id is the uuid in the token; an ended row is a tombstone and stays ended. */
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
    signedInAt: moment('signed_in_at').notNull(),
    lastSeenAt: moment('last_seen_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    endedAt: moment('ended_at'),
    endReason: text('end_reason', { enum: endReasons }),
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
    // Without it, purging a row would scan the table for rows that point at it.
    index('sessions_superseded_by')
      .on(table.supersededBy)
      .where(sql`${table.supersededBy} is not null`),
    check('sessions_device_kind', oneOf(table.deviceKind, deviceKinds)),
    check('sessions_end_reason', oneOf(table.endReason, endReasons)),
    check('sessions_reason_with_end', sql`(${table.endedAt} is null) = (${table.endReason} is null)`),
    check('sessions_superseded_is_ended', sql`${table.supersededBy} is null or ${table.endedAt} is not null`),
    check('sessions_end_after_start', sql`${table.expiresAt} > ${table.signedInAt}`),
  ],
);

/** The emails that an account had before, so that an operator finds it by them. */
export const pastEmails = hufu.table(
  'past_emails',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    emailKey: text('email_key').notNull(),
    /** When the account got another one. */
    replacedAt: moment('replaced_at').notNull(),
  },
  (table) => [
    index('past_emails_by_key').on(table.emailKey),
    index('past_emails_by_user').on(table.userId),
    index('past_emails_by_time').on(table.replacedAt),
  ],
);

/** Emailed links. The token names the row by `jti`; the row is consumed once, or voided. */
export const links = hufu.table(
  'links',
  {
    jti: uuid('jti').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    operation: text('operation', { enum: linkOperations }).notNull(),
    payload: jsonb('payload'),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    usedAt: moment('used_at'),
    voidedAt: moment('voided_at'),
  },
  (table) => [
    index('links_open_by_user')
      .on(table.userId, table.operation)
      .where(sql`${table.usedAt} is null and ${table.voidedAt} is null`),
    index('links_by_end').on(table.expiresAt),
    check('links_operation', oneOf(table.operation, linkOperations)),
  ],
);

/** The outbox: mails that are still to be sent, written in the transaction of their act. */
export const mails = hufu.table(
  'mails',
  {
    id: uuid('id').primaryKey(),
    template: text('template').notNull(),
    /** What the template is filled from when the mail is sent; never a token. */
    payload: jsonb('payload').notNull(),
    createdAt: moment('created_at').notNull(),
    dueAt: moment('due_at').notNull(),
    attempts: integer('attempts').notNull().default(0),
  },
  (table) => [index('mails_by_due').on(table.dueAt)],
);

/** The counts of attempts: fixed windows, one row for each key. */
export const rateLimits = hufu.table(
  'rate_limits',
  {
    key: text('key').primaryKey(),
    points: integer('points').notNull(),
    expire: moment('expire'),
  },
  (table) => [index('rate_limits_by_end').on(table.expire)],
);

/** The networks from which users have signed in to an account since its last reset or verification. */
export const knownNetworks = hufu.table(
  'known_networks',
  {
    /** A keyed digest of the account's e-mail and the network: it tells neither. */
    key: text('key').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    seenAt: moment('seen_at').notNull(),
  },
  (table) => [
    index('known_networks_by_user').on(table.userId),
    index('known_networks_by_time').on(table.seenAt),
  ],
);

/** Keys that all nodes share, sealed under the signing secret. */
export const sealedKeys = hufu.table('sealed_keys', {
  name: text('name').primaryKey(),
  sealed: text('sealed').notNull(),
});

/** The audit trail: who did what, from where, and with what outcome. A session may be purged before its events. */
export const securityEvents = hufu.table(
  'security_events',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    sessionId: uuid('session_id'),
    kind: text('kind', { enum: securityEventKinds }).notNull(),
    outcome: text('outcome', { enum: securityEventOutcomes }).notNull(),
    deviceKind: text('device_kind', { enum: deviceKinds }),
    deviceName: text('device_name'),
    userAgent: text('user_agent'),
    ip: text('ip'),
    at: moment('at').notNull(),
  },
  (table) => [
    index('security_events_by_user').on(table.userId, table.at, table.id),
    index('security_events_by_time').on(table.at),
    check(
      'security_events_outcome_of_kind',
      sql`(${table.kind}, ${table.outcome}) in (${sql.raw(happenings)})`,
    ),
    check('security_events_device_kind', oneOf(table.deviceKind, deviceKinds)),
  ],
);
