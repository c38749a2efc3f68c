// Identities at providers, the sessions that they opened, and the logout tokens of providers that end those.

import { index, text, unique, uuid } from 'drizzle-orm/pg-core';

import { hufu, moment } from './columns.js';
import { sessions } from './sessions.js';
import { users } from './users.js';

/**
 * The identities of accounts' owners at providers. The key is the issuer with its subject, never the e-mail. `users.identities`
 * counts the rows of an account.
 */
export const identities = hufu.table(
  'identities',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    /** The provider's name in the settings. */
    provider: text('provider').notNull(),
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    /** The e-mail that the provider gave when the identity was linked, for the owner to recognise it by. */
    email: text('email'),
    createdAt: moment('created_at').notNull(),
    lastUsedAt: moment('last_used_at'),
  },
  (table) => [
    unique('identities_issuer_subject_unique').on(table.issuer, table.subject),
    index('identities_by_user').on(table.userId),
  ],
);

/** The identity that opened a session, and the provider's own session. */
export const providerSessions = hufu.table(
  'provider_sessions',
  {
    sessionId: uuid('session_id')
      .primaryKey()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    identityId: uuid('identity_id')
      .notNull()
      .references(() => identities.id, { onDelete: 'cascade' }),
    /** The provider's `sid`; null when it gave none. */
    sid: text('sid'),
  },
  (table) => [
    index('provider_sessions_by_identity').on(table.identityId),
    index('provider_sessions_by_sid').on(table.sid),
  ],
);

/** The used logout tokens, and the sessions that providers have signed out, each until nothing is decided by it. */
export const providerLogouts = hufu.table(
  'provider_logouts',
  {
    /** A digest of the issuer, and of the token's `jti` or of its subject and `sid`. */
    key: text('key').primaryKey(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('provider_logouts_by_end').on(table.expiresAt)],
);
