// Opens an account and a session in it, or an account that cannot be used before its e-mail is verified.

import { randomUUID } from 'node:crypto';

import { and, eq } from 'drizzle-orm';

import { recordEvent } from '../audit/events.js';
import { recordByEmail } from '../audit/failureRecorder.js';
import { sessions, users } from '../db/schema.js';
import { checkPassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/attempts.js';
import { openSession, findReplay, type SignedIn, signedIn } from '../sessions/open.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo, type Device } from '../users/client.js';
import { type User, lockUser, toUser } from '../users/users.js';
import { limitMail, rememberNetwork } from './attempts.js';
import { enqueueRequest, requireMail } from './emails/outbox.js';
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
 * Registers a person and signs them in. Of several at once with one address, exactly one gets the account: the
 * address's key is unique in the database. Asked again within a minute under the same request id and with the same
 * password, it gives the session that it opened the first time, if that still is live.
 *
 * Where addresses have to be verified first nobody is signed in, and whether the address is taken shows in nothing.
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

  const known = await services.limits.knownKey(emailKey, clientInfo.ip);
  const opened = await services.database.transact(async (tx) => {
    const now = services.clock.now();
    const [row] = await tx
      .insert(users)
      .values({ id: randomUUID(), email, emailKey, passwordHash, createdAt: now, lastLoginAt: now })
      .onConflictDoNothing({ target: users.emailKey })
      .returning();
    if (row === undefined) return null;
    // Nobody else can know of the row before it is committed: it is as good as locked.
    const signIn = { ...parsed.identity, userId: row.id, clientInfo, takeover: false };
    const result = await openSession(tx, services.policy, signIn, now);
    if (result.kind === 'full') throw new Error('a new account had sessions');
    const about = { userId: row.id, sessionId: result.session.id, device, clientInfo };
    await recordEvent(tx, { kind: 'REGISTER', outcome: 'SUCCEEDED', ...about }, now);
    await rememberNetwork(tx, known, row.id, now);
    return { user: toUser(row), session: result.session };
  });
  const done =
    opened ?? (await repeatedRegistration(services, parsed.identity, password.password, clientInfo));
  if (done !== null) return signedIn(services, done.user, done.session, []);
  services.failureRecorder.note({
    kind: 'REGISTER',
    outcome: 'EMAIL_TAKEN',
    emailKey,
    sessionId: null,
    device,
    clientInfo,
    at: services.clock.now(),
  });
  return { kind: 'emailTaken' };
}

/** What the same registration opened when it was asked for the first time; null when the address is somebody else's. */
async function repeatedRegistration(
  services: AccountServices,
  { emailKey, idempotencyKey, device }: Identity,
  password: string,
  clientInfo: ClientInfo,
): Promise<{ readonly user: User; readonly session: Session } | null> {
  if (idempotencyKey === null) return null;
  // Nobody but the one who registered knows the id: to others this tells nothing of the password, by time either.
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
    const locked = await lockUser(tx, user.id);
    if (locked?.passwordHash !== user.passwordHash || locked.disabledAt !== null) return null;
    const signIn = { userId: user.id, idempotencyKey };
    const now = services.clock.now();
    const replay = await findReplay(tx, services.policy, signIn, now);
    if (replay === null) return null;
    const about = { userId: user.id, sessionId: replay.session.id, device, clientInfo };
    await recordEvent(tx, { kind: 'LOGIN', outcome: 'SUCCEEDED', ...about }, now);
    return { user: toUser(locked), session: replay.session };
  });
}

export interface VerificationRequested {
  readonly kind: 'verificationRequested';
}

/**
 * Registers a person without signing them in. A taken address costs the same work: one attempt to write the account,
 * one event for whoever has it now, and one mail to be owed, about the one thing or the other.
 *
 * @throws MailUnavailable when no mail can be sent
 * @throws DatabaseUnavailable when the account cannot be written
 */
export async function registerUnverified(
  services: AccountServices,
  account: { readonly email: string; readonly emailKey: string; readonly passwordHash: string },
  from: { readonly device: Device; readonly clientInfo: ClientInfo },
): Promise<VerificationRequested> {
  requireMail(services);
  await services.database.transact(async (tx) => {
    const now = services.clock.now();
    const [row] = await tx
      .insert(users)
      .values({ ...account, id: randomUUID(), createdAt: now })
      .onConflictDoNothing({ target: users.emailKey })
      .returning({ id: users.id });
    const { emailKey } = account;
    const outcome = row === undefined ? 'EMAIL_TAKEN' : 'SUCCEEDED';
    await recordByEmail(tx, [{ kind: 'REGISTER', outcome, emailKey, sessionId: null, ...from, at: now }]);
    const template = row === undefined ? 'addressTaken' : 'verifyEmail';
    await enqueueRequest(tx, { kind: 'request', template, emailKey, login: null }, now);
  });
  services.mail?.wake();
  return { kind: 'verificationRequested' };
}
