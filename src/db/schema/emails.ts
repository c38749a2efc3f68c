// Emailed links, and the outbox.

import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, text, uuid } from 'drizzle-orm/pg-core';

import { hufu, moment, isOneOf } from './columns.js';
import { users } from './users.js';

const linkOperations = ['verifyEmail', 'resetPassword', 'confirmEmailChange'] as const;

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
    check('links_operation', isOneOf(table.operation, linkOperations)),
  ],
);

/** The outbox: mails that are still to be sent, written in the transaction of their act. */
export const mails = hufu.table(
  'mails',
  {
    id: uuid('id').primaryKey(),
    template: text('template').notNull(),
    /** The values that fill the template when the mail is sent; never a token. */
    payload: jsonb('payload').notNull(),
    createdAt: moment('created_at').notNull(),
    dueAt: moment('due_at').notNull(),
    attempts: integer('attempts').notNull().default(0),
  },
  (table) => [index('mails_by_due').on(table.dueAt)],
);
