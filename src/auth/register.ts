// Opens an account and a session in it, or begins a registration that the owner of the email has to complete.

import { violates } from '../db/errors.js';
import { and, eq } from 'drizzle-orm';

import { recordEvent } from '../audit/events.js';
import { sessions, users } from '../db/schema/index.js';
import { type Limited } from '../rateLimit/reservations.js';
import { findReplay } from '../sessions/idempotency.js';
import { type SignedIn, signedIn } from '../sessions/open.js';
import { type ClientInfo } from '../users/types.js';
import { lockUser, toUser } from '../users/users.js';
import { limitMail } from './attempts.js';
import {
  checkNewPassword,
  type CredentialsInput,
  type Identity,
  type InvalidInput,
  parseIdentity,
  type WeakPassword,
} from './input.js';
import { openAccount, type OpenedAccount } from './newAccount.js';
import { beginRegistration, type VerificationRequested } from './pendingRegistration.js';
import { type AccountServices } from './services.js';

export type RegisterOutcome =
  SignedIn | Limited | VerificationRequested | { readonly kind: 'emailTaken' } | InvalidInput | WeakPassword;

/**
 * Registers a user and opens a session. Of several registrations at once with one email, exactly one gets the account: the
 * key of the email is unique in the database. Sent again within a minute under the same idempotency key and with the same
 * password, it gives the session that it opened the first time, if that still is live.
 *
 * If emails have to be verified first, no session is opened, and nothing tells whether the email is taken.
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
  if (parsed.kind === 'invalidInput') return parsed;
  const { email, emailKey, device } = parsed.identity;

  const asked = { password: input.password, field: 'password', email };
  const checked = await checkNewPassword(services, asked, clientInfo);
  if (checked.kind !== 'ok') return checked;

  const limited =
    (await services.rateLimits.registration(services.database, clientInfo.ip)) ??
    (services.requireVerifiedEmail ? await limitMail(services, clientInfo, emailKey, 'registration') : null);
  if (limited !== null) return limited;

  const passwordHash = await services.passwords.hash(checked.password);
  if (services.requireVerifiedEmail)
    return beginRegistration(services, parsed.identity, passwordHash, clientInfo);

  const done =
    (await createAccount(services, parsed.identity, passwordHash, clientInfo)) ??
    (await repeatedRegistration(services, parsed.identity, checked.password, clientInfo));
  if (done !== null) return signedIn(services, done.user, done.session, []);
  const refusal = { kind: 'REGISTER', outcome: 'EMAIL_TAKEN', at: services.clock.now() } as const;
  services.failureRecorder.note({ ...refusal, emailKey, sessionId: null, device, clientInfo });
  return { kind: 'emailTaken' };
}

/** Writes an account and its first session; null when the email is taken. */
async function createAccount(
  services: AccountServices,
  identity: Identity,
  passwordHash: string,
  clientInfo: ClientInfo,
): Promise<OpenedAccount | null> {
  const { email, emailKey, device, idempotencyKey } = identity;
  const knownKey = await services.rateLimits.knownKey(emailKey, clientInfo.ip);
  const account = { email, emailKey, passwordHash, emailVerifiedAt: null };
  const signIn = { methods: ['PASSWORD'], device, clientInfo, idempotencyKey, knownKey } as const;
  try {
    return await services.database.transact((tx) =>
      openAccount(tx, services, account, signIn, services.clock.now()),
    );
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
  // Only the client that registered knows the key, so this reveals nothing of the password to others, by time either.
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
    const [locked, replay] = await Promise.all([
      lockUser(tx, user.id),
      findReplay(tx, services, { userId: user.id, idempotencyKey }),
    ]);
    if (locked?.passwordHash !== user.passwordHash || locked.disabledAt !== null) return null;
    // If the account has a second factor by now, only `login` opens its sessions.
    if (replay === null || locked.hasTotp) return null;
    const about = { userId: user.id, sessionId: replay.session.id, device, clientInfo };
    recordEvent(tx, { kind: 'LOGIN', outcome: 'SUCCEEDED', ...about }, services.clock.now());
    return { user: toUser(locked), session: replay.session };
  });
}
