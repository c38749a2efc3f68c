// The counts of the rate limits, the networks that users have signed in from, and the keys that all nodes share.

import { index, integer, text, uuid } from 'drizzle-orm/pg-core';

import { hufu, moment } from './columns.js';
import { users } from './users.js';

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
