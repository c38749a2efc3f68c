// Challenges: acts that one request begins and a later one of the same device completes.

import { check, index, integer, jsonb, text, uuid } from 'drizzle-orm/pg-core';

import { hufu, moment, isOneOf } from './columns.js';
import { users } from './users.js';

/** The purposes of challenges. */
export const challengePurposes = [
  'secondFactor',
  'totpEnrolment',
  'passkeyRegistration',
  'passkeyLogin',
  'passkeyConfirmation',
  'registration',
  'providerLogin',
  'identityLink',
  'emailCode',
] as const;

/** The token of a challenge names the row and holds the secret. A row that is void is deleted. */
export const challenges = hufu.table(
  'challenges',
  {
    id: uuid('id').primaryKey(),
    purpose: text('purpose', { enum: challengePurposes }).notNull(),
    /** Null where what is begun belongs to no account. */
    userId: uuid('user_id').references(() => users.id),
    /** The email that a mail about it goes to, whether or not that has an account. */
    emailKey: text('email_key'),
    /** SHA-256 of the token's 256 random bits. */
    secretHash: text('secret_hash').notNull(),
    payload: jsonb('payload').notNull(),
    /** Wrong answers so far. */
    tries: integer('tries').notNull().default(0),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    usedAt: moment('used_at'),
    /** When its code was mailed; null until then, and where none is: no code is right for it. */
    mailedAt: moment('mailed_at'),
    /** Set where what it was mailed for is no longer to be had; only a client with what was mailed is told. */
    voidedAt: moment('voided_at'),
  },
  (table) => [
    index('challenges_by_user').on(table.userId),
    index('challenges_by_email').on(table.emailKey),
    index('challenges_by_end').on(table.expiresAt),
    check('challenges_purpose', isOneOf(table.purpose, challengePurposes)),
  ],
);
