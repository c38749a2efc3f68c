// The servers that ask this service, the keys by which they are known, and the keys that sign the tickets for them.

import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, text } from 'drizzle-orm/pg-core';

import { hufu, moment, isSubsetOf } from './columns.js';

/** The rights that a service account may have. */
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
    check('service_accounts_scopes', isSubsetOf(table.scopes, serviceScopes)),
  ],
);

/** The keys of service accounts. During a rotation an account has several. */
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

/** The keys that sign tickets. Nodes that make a key at once make the same generation, and only one of them succeeds. */
export const signingKeys = hufu.table(
  'signing_keys',
  {
    /** The thumbprint of the public key (RFC 7638). */
    kid: text('kid').primaryKey(),
    generation: integer('generation').notNull().unique('signing_keys_one_per_generation'),
    /** As a JWK. */
    publicKey: jsonb('public_key').notNull(),
    /** PKCS #8, sealed under the data key. */
    sealedPrivateKey: text('sealed_private_key').notNull(),
    createdAt: moment('created_at').notNull(),
    /** From when on it signs, until a newer one does. It is published before. */
    signsFrom: moment('signs_from').notNull(),
    revokedAt: moment('revoked_at'),
  },
  (table) => [check('signing_keys_generation', sql`${table.generation} > 0`)],
);
