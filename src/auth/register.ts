// Opens an account and a session in it, or an account that cannot be used before its email is verified.

import { violates } from '../db/errors.js';
import { randomUUID } from 'node:crypto';

import { and, eq } from 'drizzle-orm';

import { recordByEmail, recordEvent } from '../audit/events.js';
import { sessions, users } from '../db/schema/index.js';
import { checkPassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/attempts.js';
import { openSession, findReplay, type SignedIn, signedIn } from '../sessions/open.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo, type Device, lockUser, noOtherWayIn, toUser, type User } from '../users/users.js';
import { limitMail, rememberNetwork } from './attempts.js';
import { enqueueRequest, requireMail } from './emails/outbox.js';
import { readFactors } from './factors/factors.js';
import {
  type CredentialsInput,
  type Identity,
  type InputIssue,
  malformedPassword,
  parseIdentity,
} from './input.js';
import { type AccountServices } from './services.js';

export type RegisterOutcome =
  | SignedIn
  | Limited
  | VerificationRequested
  | { readonly kind: 'emailTaken' }
  | { readonly kind: 'invalidInput'; readonly issues: readonly InputIssue[] }
  | { readonly kind: 'weakPassword'; readonly suggestions: readonly string[] };

/**
 * Registers a user and opens a session. Of several registrations at once with one email, exactly one gets the account: the
 * key of the email is unique in the database. Sent again within a minute under the same idempotency key and with the same
 * password, it gives the session that it opened the first time, if that still is live.
 *
 * Where emails have to be verified first, no session is opened, and nothing tells whether the email is taken.
 *
 * @throws HasherBusy when too many passwords wait to be hashed
 * @throws LimiterUnavailable when registrations cannot be counted
 * @throws DatabaseUnavailable when the account cannot be written
 */
export async function register(
  services: AccountServices,
  input: CredentialsInput,
  clientInfo: ClientInfo,
): Promise<RegisterOutcome> {
  const parsed = parseIdentity(input);
  if (parsed.kind === 'invalid') return { kind: 'invalidInput', issues: parsed.issues };
  const { email, emailKey, device } = parsed.identity;

  const password = await checkPassword(input.password, { ...services.passwordRules, email });
  if (password.kind === 'malformed') return { kind: 'invalidInput', issues: [malformedPassword('password')] };
  if (password.kind === 'weak') return { kind: 'weakPassword', suggestions: password.suggestions };

  const limited =
    (await services.limits.registration(services.database, clientInfo.ip)) ??
    (services.requireVerifiedEmail ? await limitMail(services, clientInfo, emailKey, 'registration') : null);
  if (limited !== null) return limited;

  const passwordHash = await services.passwords.hash(password.password);
  if (services.requireVerifiedEmail)
    return registerUnverified(services, { email, emailKey, passwordHash }, { device, clientInfo });

  const done =
    (await openAccount(services, parsed.identity, passwordHash, clientInfo)) ??
    (await repeatedRegistration(services, parsed.identity, password.password, clientInfo));
  if (done !== null) return signedIn(services, done.user, done.session, []);
  const refusal = { kind: 'REGISTER', outcome: 'EMAIL_TAKEN', at: services.clock.now() } as const;
  services.failureRecorder.note({ ...refusal, emailKey, sessionId: null, device, clientInfo });
  return { kind: 'emailTaken' };
}

interface OpenedAccount {
  readonly user: User;
  readonly session: Session;
}

/** Writes an account and its first session; null when the email is taken. */
async function openAccount(
  services: AccountServices,
  identity: Identity,
  passwordHash: string,
  clientInfo: ClientInfo,
): Promise<OpenedAccount | null> {
  const { email, emailKey, device } = identity;
  const knownKey = await services.limits.knownKey(emailKey, clientInfo.ip);
  try {
    return await services.database.transact(async (tx) => {
      const [taken] = await tx.select({ id: users.id }).from(users).where(eq(users.emailKey, emailKey));
      if (taken !== undefined) return null;
      const now = services.clock.now();
      const id = randomUUID();
      const user = { id, email, emailKey, passwordHash, createdAt: now, lastLoginAt: now };
      tx.send(tx.insert(users).values(user));
      await services.on.registered(tx, { id, email });
      // No other transaction knows of the row before it is committed: it is as good as locked.
      const locked = { user: { id, sessionsEndedBefore: null }, live: [] };
      const proof = { userId: id, methods: ['PASSWORD'] } as const;
      const signIn = { ...identity, ...proof, clientInfo, takeover: false };
      const opened = openSession(tx, services.policy, signIn, locked, now);
      if (opened.kind === 'full') throw new Error('a new account has sessions');
      const about = { userId: id, sessionId: opened.session.id, device, clientInfo };
      recordEvent(tx, { kind: 'REGISTER', outcome: 'SUCCEEDED', ...about }, now);
      rememberNetwork(tx, knownKey, id, now);
      return { user: toUser({ ...user, ...noOtherWayIn, emailVerifiedAt: null }), session: opened.session };
    });
  } catch (error) {
    // Another registration was faster.
    if (violates(error, 'users_email_key_unique')) return null;
    throw error;
  }
}

/** Gives what the same registration opened when it was sent the first time; null when it did not. */
async function repeatedRegistration(
  services: AccountServices,
  { emailKey, idempotencyKey, device }: Identity,
  password: string,
  clientInfo: ClientInfo,
): Promise<OpenedAccount | null> {
  if (idempotencyKey === null) return null;
  // Only the client that registered knows the key: to others this tells nothing of the password, by time either.
  const [user] = await services.database.read((db) =>
    db
      .select({ id: users.id, passwordHash: users.passwordHash })
      .from(users)
      .innerJoin(sessions, and(eq(sessions.userId, users.id), eq(sessions.idempotencyKey, idempotencyKey)))
      .where(eq(users.emailKey, emailKey))
      .limit(1),
  );
  if (user === undefined || !(await services.passwords.verify(password, user.passwordHash)).matches)
    return null;

  return services.database.transact(async (tx) => {
    const [locked, factors, replay] = await Promise.all([
      lockUser(tx, user.id),
      readFactors(tx, user.id),
      findReplay(tx, services, { userId: user.id, idempotencyKey }),
    ]);
    if (locked?.passwordHash !== user.passwordHash || locked.disabledAt !== null) return null;
    // An account that has got a second factor since is signed in to by `login` alone.
    if (replay === null || factors.length > 0) return null;
    const about = { userId: user.id, sessionId: replay.session.id, device, clientInfo };
    recordEvent(tx, { kind: 'LOGIN', outcome: 'SUCCEEDED', ...about }, services.clock.now());
    return { user: toUser(locked), session: replay.session };
  });
}

export interface VerificationRequested {
  readonly kind: 'verificationRequested';
}

/**
 * Registers a user without opening a session. A taken email costs the same work: one attempt to write the account, one
 * event for the account that has the email now, and one mail to enqueue, about the one or the other.
 *
 * @throws MailUnavailable when no mail can be sent
 * @throws DatabaseUnavailable when the account cannot be written
 */
async function registerUnverified(
  services: AccountServices,
  account: { readonly email: string; readonly emailKey: string; readonly passwordHash: string },
  from: { readonly device: Device; readonly clientInfo: ClientInfo },
): Promise<VerificationRequested> {
  requireMail(services);
  const { emailKey } = account;
  await services.database.transact(async (tx) => {
    const now = services.clock.now();
    const [row] = await tx
      .insert(users)
      .values({ ...account, id: randomUUID(), createdAt: now })
      .onConflictDoNothing({ target: users.emailKey })
      .returning({ id: users.id });
    if (row !== undefined) await services.on.registered(tx, { id: row.id, email: account.email });
    const outcome = row === undefined ? 'EMAIL_TAKEN' : 'SUCCEEDED';
    tx.send(recordByEmail(tx, [{ kind: 'REGISTER', outcome, emailKey, sessionId: null, ...from, at: now }]));
    const template = row === undefined ? 'emailTaken' : 'verifyEmail';
    enqueueRequest(tx, { kind: 'request', template, emailKey, login: null }, now);
  });
  services.mail?.wake();
  return { kind: 'verificationRequested' };
}
