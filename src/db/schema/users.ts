// Accounts, and the emails that they had before.

import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, text, uuid } from 'drizzle-orm/pg-core';

import { hufu, moment, isOneOf } from './columns.js';
import { endReasons } from './kinds.js';

/**
 * Accounts. A living account has a way in: a transaction that takes one away counts it down here. A deleted
 * account keeps its row, without email, key and ways in, for its ended sessions to point at.
 */
export const users = hufu.table(
  'users',
  {
    id: uuid('id').primaryKey(),
    email: text('email'),
    emailKey: text('email_key').unique('users_email_key_unique'),
    /** Null for an account without a password. */
    passwordHash: text('password_hash'),
    /** How many passkeys the account has. */
    passkeys: integer('passkeys').notNull().default(0),
    /** How many identities at providers are linked to the account. */
    identities: integer('identities').notNull().default(0),
    /**
     * Whether the account has an authenticator app: a second factor and no way in by itself. A trigger of that table writes it.
     */
    hasTotp: boolean('has_totp').notNull().default(false),
    /** Whether the owner has signed in by a code that was mailed: the e-mail is then a way in by itself. */
    signsInByEmail: boolean('signs_in_by_email').notNull().default(false),
    emailVerifiedAt: moment('email_verified_at'),
    disabledAt: moment('disabled_at'),
    deletedAt: moment('deleted_at'),
    createdAt: moment('created_at').notNull(),
    lastLoginAt: moment('last_login_at'),
    /**
     * The bulk end: a session opened before this moment whose row has no end yet has ended all the same, at
     * `sessionsEndedAt` and for `sessionsEndReason`, except one. The rows follow in batches, and then this is null again.
     */
    sessionsEndedBefore: moment('sessions_ended_before'),
    sessionsEndedAt: moment('sessions_ended_at'),
    sessionsEndReason: text('sessions_end_reason', { enum: endReasons }),
    // Nodes of two versions share the tables for a while: a column is not renamed.
    sessionsEndedExcept: uuid('session_spared'),
    /** Whether rows of a deleted account still tell whose it was. */
    tracesLeft: boolean('traces_left').notNull().default(false),
    /** The last row of a batch of their erasure: the next one begins behind it. Null at the beginning. */
    erasedUntil: jsonb('erased_until').$type<{
      readonly table: string;
      readonly at: string;
      readonly id: string;
    }>(),
  },
  (table) => [
    index('users_unfinished')
      .on(table.id)
      .where(sql`${table.tracesLeft} or ${table.sessionsEndedBefore} is not null`),
    check('users_sessions_end_reason', isOneOf(table.sessionsEndReason, endReasons)),
    check(
      'users_sessions_ended_before',
      sql`num_nulls(${table.sessionsEndedBefore}, ${table.sessionsEndedAt}, ${table.sessionsEndReason}) in (0, 3)`,
    ),
    check('users_traces_of_deleted', sql`not ${table.tracesLeft} or ${table.deletedAt} is not null`),
    check(
      'users_anonymous_when_deleted',
      sql`case when ${table.deletedAt} is null
        then ${table.email} is not null and ${table.emailKey} is not null
        else ${table.email} is null and ${table.emailKey} is null end`,
    ),
    check('users_ways_in_counted', sql`${table.passkeys} >= 0 and ${table.identities} >= 0`),
    // A living account has a way in, and no other account has one.
    check(
      'users_way_in',
      sql`(${table.deletedAt} is null) = (${table.passwordHash} is not null or ${table.passkeys} > 0
        or ${table.identities} > 0 or ${table.signsInByEmail})`,
    ),
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
