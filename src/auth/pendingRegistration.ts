// Registrations where emails must be verified. `register` makes no account but a challenge with a password hash of its own,
// and mails a code and a link. Only both halves together make an account: the mail, which the owner of the email has, and
// the challenge's token or that registration's password, which the client that registered has. So a stranger who registers
// another person's email gets nothing, and no password of a stranger survives.

import { eq } from 'drizzle-orm';
import { z } from 'zod';

import { recordByEmail, recordEvent } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { violates } from '../db/errors.js';
import { deviceKinds, users } from '../db/schema/index.js';
import { normalizePassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/reservations.js';
import { findReplay } from '../sessions/idempotency.js';
import { type SignedIn, signedIn } from '../sessions/open.js';
import { type ClientInfo } from '../users/types.js';
import { lockEmail, lockUser, toUser } from '../users/users.js';
import {
  type Challenge,
  type ChallengeRejected,
  challengeRejected,
  type CodeRejected,
  countWrongTry,
  findChallenge,
  findNamedChallenge,
  lockChallenge,
  lockNamedChallenge,
  startChallenge,
  type StartedChallenge,
  useChallenge,
  voidChallengesOfEmail,
} from './challenges.js';
import { type LinkRejected, rejectLink } from './useLink.js';
import { enqueueRequest, requireMail } from './emails/outbox.js';
import { readMailedCode } from './factors/codes.js';
import { type Identity, type InputIssue, type InvalidInput, invalidInput } from './input.js';
import { openAccount, type OpenedAccount, writeAccount } from './newAccount.js';
import { type AccountServices } from './services.js';

const purpose = 'registration';

/** The payload of the challenge of a registration. */
const pending = z.object({
  email: z.string(),
  emailKey: z.string(),
  passwordHash: z.string(),
  device: z.object({ kind: z.enum(deviceKinds), name: z.string().nullable() }),
});

export interface VerificationRequested {
  readonly kind: 'verificationRequested';
  /** With its token and the mail's code or link the client completes the registration. */
  readonly challenge: StartedChallenge;
}

/**
 * Begins a registration. A taken email costs the same work and gets the same answer: one challenge, one event for the
 * account that has the email now, and one mail, about the one or the other. Which it is, is looked up when the mail is made.
 *
 * @throws MailUnavailable when no mail can be sent
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function beginRegistration(
  services: AccountServices,
  { email, emailKey, device }: Identity,
  passwordHash: string,
  clientInfo: ClientInfo,
): Promise<VerificationRequested> {
  requireMail(services);
  const challenge = await services.database.transact((tx) => {
    const now = services.clock.now();
    const ttlSeconds = services.linkTtlSeconds.completeRegistration;
    const payload = pending.parse({ email, emailKey, passwordHash, device });
    const begun = startChallenge(tx, { purpose, userId: null, emailKey, payload, ttlSeconds }, now);
    const refusal = { kind: 'REGISTER', outcome: 'EMAIL_TAKEN', emailKey, sessionId: null } as const;
    tx.send(recordByEmail(tx, [{ ...refusal, device, clientInfo, at: now }]));
    const template = 'completeRegistration';
    const mail = { kind: 'challenge', template, challengeId: begun.id, knownKey: null } as const;
    enqueueRequest(tx, { ...mail, emailKey, to: email }, now);
    return Promise.resolve(begun);
  });
  services.mail?.wake();
  return { kind: 'verificationRequested', challenge };
}

export interface CompleteRegistrationInput {
  readonly challengeToken: string;
  /** Exactly one of the two is given. */
  readonly code?: string | null | undefined;
  readonly linkToken?: string | null | undefined;
}

export type CompleteRegistrationOutcome =
  SignedIn | ChallengeRejected | CodeRejected | { readonly kind: 'emailTaken' } | InvalidInput;

/**
 * Completes a registration on the device that began it, with the code or the link from the mail: makes the account, with its
 * email verified, and signs it in. Every other registration of the email is void then. A wrong code counts; the fifth ends
 * the challenge. Sent again within a minute, it gives the session that it opened the first time.
 *
 * @throws DatabaseUnavailable when the account cannot be written
 */
export async function completeRegistration(
  services: AccountServices,
  input: CompleteRegistrationInput,
  clientInfo: ClientInfo,
): Promise<CompleteRegistrationOutcome> {
  const answer = parseMailAnswer(input);
  if (answer === null) return invalidInput(oneAnswer);
  const presented = { purpose, token: input.challengeToken } as const;
  const found = await services.database.read((db) => findChallenge(db, services.clock, presented));
  if (found === null) return challengeRejected;
  const account = pending.parse(found.payload);
  const knownKey = await services.rateLimits.knownKey(account.emailKey, clientInfo.ip);
  const isRight = answersMail(services, found, answer, services.clock.now());
  const outcome = await orTaken(() =>
    services.database.transact(async (tx) => {
      // Each would hold its own registration, and void the others. A guess keeps the owner of the email waiting for nothing.
      if (isRight) lockEmail(tx, account.emailKey);
      const challenge = await lockChallenge(tx, services.clock, presented);
      if (challenge === null) return challengeRejected;
      const { id, triesLeft } = challenge;
      if (!isRight) {
        const counts = challenge.state === 'open' && answer.kind === 'code' && answer.digits !== null;
        return {
          kind: 'codeRejected',
          triesLeft: counts ? countWrongTry(tx, challenge) : triesLeft,
        } as const;
      }
      if (challenge.state === 'used')
        return (await findOpened(tx, services, id, account.emailKey)) ?? challengeRejected;
      if (challenge.isVoid) return challengeRejected;
      const now = services.clock.now();
      const proof = { methods: ['PASSWORD', 'EMAIL_CODE'], idempotencyKey: id } as const;
      const signIn = { ...proof, device: account.device, clientInfo, knownKey };
      const opened = await openAccount(tx, services, { ...account, emailVerifiedAt: now }, signIn, now);
      if (opened === null) return taken;
      useChallenge(tx, challenge, now);
      voidChallengesOfEmail(tx, account.emailKey, now);
      return { kind: 'opened', ...opened } as const;
    }),
  );
  return outcome.kind === 'opened' ? signedIn(services, outcome.user, outcome.session, []) : outcome;
}

export type RegistrationLinkOutcome =
  | { readonly kind: 'registered' }
  | LinkRejected
  | Limited
  | { readonly kind: 'emailTaken' }
  | { readonly kind: 'wrongPassword' };

/** Tells what the link of a registration can still do, without using it. */
export async function inspectRegistration(
  services: AccountServices,
  token: string,
): Promise<{ readonly kind: 'open' } | LinkRejected> {
  const verified = services.linkTokens.verify(token, 'completeRegistration', services.clock.now());
  if (verified.kind === 'invalid') return rejectLink('INVALID');
  if (verified.kind === 'expired') return rejectLink('EXPIRED');
  const named = { purpose, id: verified.claims.jti } as const;
  const found = await services.database.read((db) => findNamedChallenge(db, services.clock, named));
  return rejectionOf(found) ?? { kind: 'open' };
}

/**
 * Completes a registration on any device, with the link from the mail and the password that this registration chose. The
 * owner of the email who did not register does not know that password. It signs no client in.
 *
 * @throws HasherBusy when too many passwords wait to be checked
 * @throws DatabaseUnavailable when the account cannot be written
 */
export async function completeRegistrationByLink(
  services: AccountServices,
  { token, password }: { readonly token: string; readonly password: string },
  clientInfo: ClientInfo,
): Promise<RegistrationLinkOutcome> {
  const signed = services.linkTokens.verify(token, 'completeRegistration', services.clock.now());
  const id = signed.kind === 'valid' ? signed.claims.jti : null;
  const reserved = await services.rateLimits.reserveLink(services.database, clientInfo.ip, (db) =>
    id === null ? Promise.resolve(null) : findNamedChallenge(db, services.clock, { purpose, id }),
  );
  if (reserved.kind === 'limited') return reserved;
  const { found } = reserved;
  const rejection = signed.kind === 'invalid' ? rejectLink('INVALID') : rejectionOf(found);
  if (found === null || rejection !== null) {
    reserved.release(rejection?.reason === 'INVALID' ? 'wrong' : 'right');
    return rejection ?? rejectLink('EXPIRED');
  }

  // A wrong password counts as a forged link does.
  const account = pending.parse(found.payload);
  let isRight: boolean;
  try {
    isRight = await isPassword(services, password, account.passwordHash);
  } catch (error) {
    reserved.release('failed');
    throw error;
  }
  reserved.release(isRight ? 'right' : 'wrong');
  if (!isRight) return { kind: 'wrongPassword' };

  return orTaken(() =>
    services.database.transact(async (tx) => {
      lockEmail(tx, account.emailKey);
      const challenge = await lockNamedChallenge(tx, services.clock, { purpose, id: found.id });
      const late = rejectionOf(challenge);
      if (challenge === null || late !== null) return late ?? rejectLink('EXPIRED');
      const now = services.clock.now();
      const verified = { ...account, emailVerifiedAt: now };
      const user = await writeAccount(tx, services, verified, { lastLoginAt: null }, now);
      if (user === null) return taken;
      useChallenge(tx, challenge, now);
      voidChallengesOfEmail(tx, account.emailKey, now);
      const about = { userId: user.id, sessionId: null, device: null, clientInfo };
      recordEvent(tx, { kind: 'REGISTER', outcome: 'SUCCEEDED', ...about }, now);
      return { kind: 'registered' } as const;
    }),
  );
}

/** Tells why the link of a registration does nothing; null where it can be used. */
function rejectionOf(found: Challenge | null): LinkRejected | null {
  if (found?.state === 'used') return rejectLink('USED');
  return found === null || found.isVoid ? rejectLink('EXPIRED') : null;
}

const taken = { kind: 'emailTaken' } as const;

/** The part of the mail that the owner of the email gives. */
type MailAnswer =
  /** Null digits: what was typed is no code. */
  | { readonly kind: 'code'; readonly digits: string | null }
  | { readonly kind: 'link'; readonly token: string };

const oneAnswer: InputIssue = {
  field: 'code',
  message: 'Give the code from the mail or the token of its link, and no more than one.',
};

/** Returns the one answer that is given; null for none and for two. A code is read as people type it. */
function parseMailAnswer({
  code,
  linkToken,
}: Pick<CompleteRegistrationInput, 'code' | 'linkToken'>): MailAnswer | null {
  if (code != null) return linkToken == null ? { kind: 'code', digits: readMailedCode(code) } : null;
  return linkToken == null ? null : { kind: 'link', token: linkToken };
}

/** Tells whether the answer is the code or the link of this very challenge. */
function answersMail(
  services: AccountServices,
  { id, isMailed }: Challenge,
  answer: MailAnswer,
  now: Date,
): boolean {
  if (answer.kind === 'code')
    return answer.digits !== null && services.mailedCodes.isCode(id, answer.digits) && isMailed;
  const verified = services.linkTokens.verify(answer.token, 'completeRegistration', now);
  return verified.kind === 'valid' && verified.claims.jti === id;
}

/** Gives what the same completion opened a moment ago, for a client whose answer was lost; null when it is live no longer. */
async function findOpened(
  tx: Tx,
  services: AccountServices,
  challengeId: string,
  emailKey: string,
): Promise<(OpenedAccount & { readonly kind: 'opened' }) | null> {
  const [account] = await tx.select({ id: users.id }).from(users).where(eq(users.emailKey, emailKey));
  if (account === undefined) return null;
  const [user, replay] = await Promise.all([
    lockUser(tx, account.id),
    findReplay(tx, services, { userId: account.id, idempotencyKey: challengeId }),
  ]);
  if (user?.disabledAt !== null || replay === null) return null;
  return { kind: 'opened', user: toUser(user), session: replay.session };
}

async function isPassword(services: AccountServices, password: string, hash: string): Promise<boolean> {
  const normalized = normalizePassword(password);
  return normalized.kind === 'ok' && (await services.passwords.verify(normalized.password, hash)).matches;
}

/** Does the work, or gives the refusal when another account has taken the email at the same moment. */
async function orTaken<T>(work: () => Promise<T>): Promise<T | typeof taken> {
  try {
    return await work();
  } catch (error) {
    if (violates(error, 'users_email_key_unique')) return taken;
    throw error;
  }
}
