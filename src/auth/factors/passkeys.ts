// The passkeys of an account: their rows, and how the owner adds, renames and lists them.

import { createHash, randomUUID } from 'node:crypto';

import { and, asc, eq, sql } from 'drizzle-orm';

import { type RecordedEvent, recordEvent } from '../../audit/events.js';
import { isUuid } from '../../common/uuid.js';
import { type Db, type Tx } from '../../db/database.js';
import { violates } from '../../db/errors.js';
import { passkeys, users } from '../../db/schema/index.js';
import { type Limited } from '../../rateLimit/reservations.js';
import { signedOut, type SignedOut } from '../../sessions/authenticate.js';
import { lockLiveSession } from '../../sessions/live.js';
import { type Session } from '../../sessions/types.js';
import { type AuthenticationMethod, type ClientInfo } from '../../users/types.js';
import { lockChallenge, type StartedChallenge, startChallenge, voidChallenges } from '../challenges.js';
import { notify } from '../emails/notifications.js';
import { type InputIssue, type InvalidInput, invalidInput, parseLine } from '../input.js';
import { type AccountServices } from '../services.js';
import { lockSessionWithRequiredFactors, type ActRefused, refusedNow } from '../stepUp.js';
import { type CredentialHint, parseCreation } from './webauthn.js';

/** A passkey as its owner sees it. */
export interface Passkey {
  readonly id: string;
  readonly name: string;
  /** Whether it was on other devices as well when it was last used. */
  readonly synced: boolean;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

export type PasskeyRow = typeof passkeys.$inferSelect;

/** No person has more authenticators than that; an account's list has a bound. */
const maxPasskeys = 20;

/** Passkeys are off: the operator has not set WEBAUTHN_RP_ID. */
export interface PasskeysOff {
  readonly kind: 'passkeysOff';
}

/** A started act: the token for completing it, and what the browser gets. */
export interface StartedPasskey {
  readonly kind: 'started';
  readonly challenge: StartedChallenge & { readonly factors: readonly AuthenticationMethod[] };
  /** The JSON form that `navigator.credentials` and its helpers take. */
  readonly options: object;
}

export function startedPasskey(challenge: StartedChallenge, options: object): StartedPasskey {
  return { kind: 'started', challenge: { ...challenge, factors: ['PASSKEY'] }, options };
}

/** Why a passkey was refused. */
export interface PasskeyRejected {
  readonly kind: 'passkeyRejected';
  readonly reason: 'UNKNOWN' | 'EXPIRED' | 'INVALID' | 'COPIED' | 'EMAIL_NOT_VERIFIED';
}

export function rejectPasskey(reason: PasskeyRejected['reason']): PasskeyRejected {
  return { kind: 'passkeyRejected', reason };
}

/**
 * Derives the challenge that an authenticator signs for the holder of a token: a digest, so that nothing more has to be kept, and
 * an assertion is worth nothing to those who see it without the token.
 */
export function webauthnChallengeOf(token: string): string {
  return createHash('sha256').update(`webauthn ${token}`).digest('base64url');
}

/** Lists the passkeys of a user, the oldest first. */
export async function listPasskeys(
  { database }: Pick<AccountServices, 'database'>,
  userId: string,
): Promise<readonly Passkey[]> {
  return (await database.read((db) => readPasskeys(db, userId))).map(toPasskey);
}

/** Reads the rows of a user's passkeys; behind the user's lock they stay as they are. */
export async function readPasskeys(db: Db | Tx, userId: string): Promise<readonly PasskeyRow[]> {
  return db
    .select()
    .from(passkeys)
    .where(eq(passkeys.userId, userId))
    .orderBy(asc(passkeys.createdAt), asc(passkeys.id))
    .limit(maxPasskeys);
}

function toPasskey({ id, name, backedUp, createdAt, lastUsedAt }: PasskeyRow): Passkey {
  return { id, name, synced: backedUp, createdAt, lastUsedAt };
}

/** Gives a passkey the form in which options name it. */
export const toHint = ({ credentialId: id, transports }: PasskeyRow): CredentialHint => ({ id, transports });

export type StartPasskeyRegistrationOutcome =
  StartedPasskey | { readonly kind: 'tooManyPasskeys' } | PasskeysOff | ActRefused | Limited;

/**
 * Begins to add a passkey to the account of a session.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function startPasskeyRegistration(
  services: AccountServices,
  session: Session,
  clientInfo: ClientInfo,
): Promise<StartPasskeyRegistrationOutcome> {
  const { passkeys: party } = services;
  if (party === null) return { kind: 'passkeysOff' };
  const limited = await services.rateLimits.challenge(services.database, clientInfo.ip);
  if (limited !== null) return limited;
  const { userId } = session;
  const begun = await services.database.transact(async (tx) => {
    const [owner, existing] = await Promise.all([
      lockSessionWithRequiredFactors(tx, services, session),
      readPasskeys(tx, userId),
    ]);
    if (owner === null) return null;
    if (existing.length >= maxPasskeys) return { kind: 'tooManyPasskeys' } as const;
    const payload = { sessionId: session.id } satisfies RegistrationPayload;
    const challenge = startChallenge(tx, { purpose: 'passkeyRegistration', userId, payload }, owner.now);
    return { kind: 'begun', user: owner.user, existing, challenge } as const;
  });
  if (begun === null) return refusedNow(services, session, 'ADD_PASSKEY', clientInfo);
  if (begun.kind !== 'begun') return begun;
  const { user, existing, challenge } = begun;
  const owner = { id: user.id, email: user.email ?? '' };
  const options = await party.creationOptions(
    owner,
    existing.map(toHint),
    webauthnChallengeOf(challenge.token),
  );
  return startedPasskey(challenge, options);
}

/** Only the session that began it completes it. */
interface RegistrationPayload {
  readonly sessionId: string;
}

export interface CompletePasskeyRegistrationInput {
  readonly challengeToken: string;
  /** The `RegistrationResponseJSON`, as the client sent it. */
  readonly response: unknown;
  readonly name: string;
}

export type CompletePasskeyRegistrationOutcome =
  | { readonly kind: 'added'; readonly passkey: Passkey }
  | PasskeyRejected
  | InvalidInput
  | MalformedPasskey
  | PasskeysOff
  | SignedOut;

/** The client sent something that no browser gives. */
export interface MalformedPasskey {
  readonly kind: 'malformedPasskey';
}

/**
 * Adds a passkey to the account. Every challenge from before is void then, since a factor has changed. Links are not: the
 * owner may have one that removes the passkey of a thief, who must not void it by adding another one.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function completePasskeyRegistration(
  services: AccountServices,
  session: Session,
  input: CompletePasskeyRegistrationInput,
  clientInfo: ClientInfo,
): Promise<CompletePasskeyRegistrationOutcome> {
  const { passkeys: party } = services;
  if (party === null) return { kind: 'passkeysOff' };
  const name = parseLine(input.name);
  if (name === null) return invalidInput(missingName);
  const creation = parseCreation(input.response);
  if (creation === null) return { kind: 'malformedPasskey' };
  const { challengeToken: token } = input;
  const created = await party.verifyCreation(creation, webauthnChallengeOf(token));
  if (created === null) return rejectPasskey('INVALID');

  const { userId, device } = session;
  const presented = { purpose: 'passkeyRegistration', token } as const;
  try {
    const outcome = await services.database.transact(async (tx) => {
      const [owner, challenge] = await Promise.all([
        lockLiveSession(tx, services, session),
        lockChallenge(tx, services.clock, presented),
      ]);
      if (owner === null) return null;
      const { sessionId } = (challenge?.payload ?? {}) as Partial<RegistrationPayload>;
      if (challenge?.state !== 'open' || sessionId !== session.id) return rejectPasskey('EXPIRED');
      const { id: credentialId, ...credential } = created;
      const row = { ...credential, id: randomUUID(), userId, credentialId, name, createdAt: owner.now };
      tx.send(tx.insert(passkeys).values({ ...row, transports: [...row.transports] }));
      countPasskeys(tx, userId, 1);
      // Nor can another one be completed that was begun while there was room for one more.
      voidChallenges(tx, userId);
      const about = { device, clientInfo };
      const event = { kind: 'ADD_PASSKEY', outcome: 'SUCCEEDED', userId, sessionId: session.id } as const;
      recordEvent(tx, { ...event, ...about }, owner.now);
      await notify(tx, services, owner.user, { template: 'passkeyAdded', ...about }, owner.now);
      return {
        kind: 'added',
        passkey: toPasskey({ ...row, transports: [], counterMoved: false, lastUsedAt: null }),
      } as const;
    });
    if (outcome === null) return await signedOut(services, session);
    services.mail?.wake();
    return outcome;
  } catch (error) {
    // An authenticator that works as it should makes no id twice.
    if (violates(error, 'passkeys_credential_id_unique')) return rejectPasskey('INVALID');
    throw error;
  }
}

const missingName: InputIssue = {
  field: 'name',
  message: 'Give the passkey a name, such as that of the device.',
};

/** Makes the options for a passkey that completes a sign-in; null where the user has none, or the server. */
export async function optionsForSecondFactor(
  { database, passkeys: party }: AccountServices,
  userId: string,
  token: string,
): Promise<object | null> {
  const own = await database.read((db) => readPasskeys(db, userId));
  return own.length === 0 || party === null
    ? null
    : party.requestOptions(webauthnChallengeOf(token), own.map(toHint));
}

/** Counts the passkeys in the user's row, so that the database keeps an account from losing its last way in. */
function countPasskeys(tx: Tx, userId: string, change: 1 | -1): void {
  const counted = { passkeys: sql`${users.passkeys} + ${change}` };
  tx.send(tx.update(users).set(counted).where(eq(users.id, userId)));
}

/**
 * Removes one of a user's passkeys. The caller holds the user's lock and has found the passkey behind it. Where it is the
 * last way in, the transaction fails by `users_way_in`.
 */
export function removePasskey(
  tx: Tx,
  userId: string,
  id: string,
  from: Pick<RecordedEvent, 'sessionId' | 'device' | 'clientInfo'>,
  now: Date,
): void {
  tx.send(tx.delete(passkeys).where(and(eq(passkeys.id, id), eq(passkeys.userId, userId))));
  countPasskeys(tx, userId, -1);
  recordEvent(tx, { kind: 'REMOVE_PASSKEY', outcome: 'SUCCEEDED', userId, ...from }, now);
}

/** Erases the passkeys of an account that is being deleted; its row counts none. */
export function forgetPasskeys(tx: Tx, userId: string): void {
  tx.send(tx.delete(passkeys).where(eq(passkeys.userId, userId)));
}

export type RenameOutcome =
  | { readonly kind: 'renamed'; readonly passkey: Passkey }
  | { readonly kind: 'passkeyNotFound' }
  | InvalidInput
  | Limited
  | SignedOut;

/**
 * Gives one of the user's passkeys another name.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function renamePasskey(
  services: AccountServices,
  session: Session,
  input: { readonly id: string; readonly name: string },
  clientInfo: ClientInfo,
): Promise<RenameOutcome> {
  const name = parseLine(input.name);
  if (name === null) return invalidInput(missingName);
  if (!isUuid(input.id)) return { kind: 'passkeyNotFound' };
  const limited = await services.rateLimits.change(services.database, session.userId);
  if (limited !== null) return limited;
  const isOwn = and(eq(passkeys.id, input.id), eq(passkeys.userId, session.userId));
  const outcome = await services.database.transact(async (tx) => {
    const owner = await lockLiveSession(tx, services, session);
    if (owner === null) return null;
    const [row] = await tx.update(passkeys).set({ name }).where(isOwn).returning();
    if (row === undefined) return { kind: 'passkeyNotFound' } as const;
    const about = { userId: session.userId, sessionId: session.id, device: session.device, clientInfo };
    recordEvent(tx, { kind: 'RENAME_PASSKEY', outcome: 'SUCCEEDED', ...about }, owner.now);
    return { kind: 'renamed', passkey: toPasskey(row) } as const;
  });
  return outcome ?? signedOut(services, session);
}
