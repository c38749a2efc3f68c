// The keys that sign tickets.

import { sql } from 'drizzle-orm';
import { check, integer, jsonb, text } from 'drizzle-orm/pg-core';

import { hufu, moment } from './columns.js';

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
