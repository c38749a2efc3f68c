// Second factors, and passkeys: authenticator apps, recovery codes, and the public keys of authenticators with which users
// sign in.

import { bigint, boolean, index, integer, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

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

/** Passkeys. Whatever the code does, one credential cannot belong to two accounts. */
export const passkeys = hufu.table(
  'passkeys',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    /** The authenticator's id of it, in base64url; at most 1,023 bytes. */
    credentialId: text('credential_id').notNull().unique('passkeys_credential_id_unique'),
    /** The COSE key (RFC 9052 section 7), in base64url. */
    publicKey: text('public_key').notNull(),
    /** The signature counter of its last use; many authenticators say 0 for ever. */
    counter: bigint('counter', { mode: 'number' }).notNull(),
    /** Whether the counter has ever gone up: only such a one that goes back is suspicious. */
    counterMoved: boolean('counter_moved').notNull().default(false),
    /** Whether the passkey was synced to other devices at its last use. */
    backedUp: boolean('backed_up').notNull(),
    /** How browsers reach the authenticator, such as `internal`: hints for the next request. */
    transports: text('transports').array().notNull(),
    name: text('name').notNull(),
    createdAt: moment('created_at').notNull(),
    lastUsedAt: moment('last_used_at'),
  },
  (table) => [index('passkeys_by_user').on(table.userId, table.createdAt)],
);
