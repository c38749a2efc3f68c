// The servers that ask this service, and the keys by which they are known.

import { sql } from 'drizzle-orm';
import { check, index, text } from 'drizzle-orm/pg-core';

import { hufu, moment, someOf } from './columns.js';

/** What a service account may do. */
export const serviceScopes = ['introspect', 'explain', 'feed', 'tickets', 'subgraph'] as const;

/** The servers that ask this service. */
export const serviceAccounts = hufu.table(
  'service_accounts',
  {
    name: text('name').primaryKey(),
    scopes: text('scopes', { enum: serviceScopes }).array().notNull(),
    createdAt: moment('created_at').notNull(),
    disabledAt: moment('disabled_at'),
    lastUsedAt: moment('last_used_at'),
  },
  (table) => [
    check('service_accounts_name', sql`${table.name} ~ '^[a-z][a-z0-9-]{0,62}$'`),
    check('service_accounts_scopes', someOf(table.scopes, serviceScopes)),
  ],
);

/** Their keys. During a rotation an account has several. */
export const serviceKeys = hufu.table(
  'service_keys',
  {
    /** The public part of the key, by which the row is found. */
    id: text('id').primaryKey(),
    service: text('service')
      .notNull()
      .references(() => serviceAccounts.name),
    /** The SHA-256 of the whole key, in hexadecimal. A key of 256 random bits needs no slow hash. */
    hash: text('hash').notNull(),
    createdAt: moment('created_at').notNull(),
    /** From when on the key is refused; null while it is the newest. */
    expiresAt: moment('expires_at'),
  },
  (table) => [index('service_keys_by_service').on(table.service, table.createdAt)],
);
