// Writes an account, by whichever way it is made, and opens the first session of one with a password.

import { randomUUID } from 'node:crypto';

import { eq } from 'drizzle-orm';

import { recordEvent } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { users } from '../db/schema/index.js';
import { openSession, type SignIn } from '../sessions/open.js';
import { type Session } from '../sessions/types.js';
import { type User } from '../users/types.js';
import { noOtherFactors, toUser } from '../users/users.js';
import { type KnownKey, rememberNetwork } from './attempts.js';
import { isHeldBack } from './emailLinks.js';
import { type AccountServices } from './services.js';

export interface NewAccount {
  readonly email: string;
  readonly emailKey: string;
  /** Null for an account that is made with an identity at a provider. */
  readonly passwordHash: string | null;
  readonly emailVerifiedAt: Date | null;
  /** How many identities it is made with; none when left out. */
  readonly identities?: number;
}

export interface OpenedAccount {
  readonly user: User;
  readonly session: Session;
}

/**
 * Writes an account, with what the team adds to it; null when the email is taken, or may go back to the account that had it.
 * When another transaction takes the email at the same moment, this one fails by `users_email_key_unique`. Every account is
 * written here.
 */
export async function writeAccount(
  tx: Tx,
  services: AccountServices,
  account: NewAccount,
  more: { readonly lastLoginAt: Date | null },
  now: Date,
): Promise<User | null> {
  const { emailKey, emailVerifiedAt } = account;
  const [[taken], isHeld] = await Promise.all([
    tx.select({ id: users.id }).from(users).where(eq(users.emailKey, emailKey)),
    // Else a thief who changes the email of an account could keep its owner from getting it back.
    emailVerifiedAt === null && isHeldBack(tx, emailKey, now),
  ]);
  if (taken !== undefined || isHeld) return null;
  const user = { ...account, ...more, id: randomUUID(), createdAt: now };
  tx.send(tx.insert(users).values(user));
  await services.on.registered(tx, { id: user.id, email: user.email });
  return toUser({ ...noOtherFactors, ...user });
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
