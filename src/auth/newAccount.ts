// Writes an account and opens its first session.

import { randomUUID } from 'node:crypto';

import { eq } from 'drizzle-orm';

import { recordEvent } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { users } from '../db/schema/index.js';
import { openSession, type SignIn } from '../sessions/open.js';
import { type Session } from '../sessions/types.js';
import { noOtherFactors, toUser, type User } from '../users/users.js';
import { type KnownKey, rememberNetwork } from './attempts.js';
import { type AccountServices } from './services.js';

export interface NewAccount {
  readonly email: string;
  readonly emailKey: string;
  readonly passwordHash: string;
  readonly emailVerifiedAt: Date | null;
}

export interface OpenedAccount {
  readonly user: User;
  readonly session: Session;
}

/**
 * Writes an account; null when the email is taken. Where another transaction is just taking it, this one fails by
 * `users_email_key_unique`.
 */
export async function writeAccount(
  tx: Tx,
  services: AccountServices,
  account: NewAccount,
  more: { readonly lastLoginAt: Date | null },
  now: Date,
): Promise<User | null> {
  const [taken] = await tx.select({ id: users.id }).from(users).where(eq(users.emailKey, account.emailKey));
  if (taken !== undefined) return null;
  const user = { ...account, ...more, id: randomUUID(), createdAt: now };
  tx.send(tx.insert(users).values(user));
  await services.on.registered(tx, { id: user.id, email: user.email });
  return toUser({ ...user, ...noOtherFactors });
}

/** Writes an account with its first session; null when the email is taken. Fails as {@link writeAccount} does. */
export async function openAccount(
  tx: Tx,
  services: AccountServices,
  account: NewAccount,
  signIn: Omit<SignIn, 'userId' | 'takeover'> & { readonly knownKey: KnownKey },
  now: Date,
): Promise<OpenedAccount | null> {
  const user = await writeAccount(tx, services, account, { lastLoginAt: now }, now);
  if (user === null) return null;
  const { id: userId } = user;
  // No other transaction knows of the row before it is committed: it is as good as locked.
  const locked = { user: { id: userId, sessionsEndedBefore: null }, live: [] };
  const opened = openSession(tx, services.policy, { ...signIn, userId, takeover: false }, locked, now);
  if (opened.kind === 'full') throw new Error('a new account has sessions');
  const { device, clientInfo, knownKey } = signIn;
  const about = { userId, sessionId: opened.session.id, device, clientInfo };
  recordEvent(tx, { kind: 'REGISTER', outcome: 'SUCCEEDED', ...about }, now);
  rememberNetwork(tx, knownKey, userId, now);
  return { user, session: opened.session };
}
