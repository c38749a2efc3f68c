// Second factors: authenticator apps and recovery codes.

import { integer, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import { hufu, moment } from './columns.js';
import { users } from './users.js';

/** Authenticator apps (TOTP, RFC 6238); an account has one at most. */
export const totpFactors = hufu.table('totp_factors', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id')
    .notNull()
    .unique('totp_factors_one_per_user')
    .references(() => users.id),
  /** The shared secret, sealed under DATA_KEY and bound to the user. */
  sealedSeed: text('sealed_seed').notNull(),
  /** The latest time step whose code was accepted: neither it nor an earlier one is accepted again. */
  lastStep: integer('last_step').notNull(),
  createdAt: moment('created_at').notNull(),
  lastUsedAt: moment('last_used_at'),
});

/** Recovery codes that have not been used. */
export const recoveryCodes = hufu.table(
  'recovery_codes',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    /** SHA-256: a code has 125 random bits, so that no slow hash is needed. */
    hash: text('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.hash] })],
);
