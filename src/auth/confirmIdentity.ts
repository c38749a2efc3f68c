// Step-up: a signed-in user proves once more who they are. A fresh session takes the place of their own, so that a copy
// of the old token stops working, and has a proof that is young enough for what changes a way in.

import { randomUUID } from 'node:crypto';

import { recordEvent } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { normalizePassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/reservations.js';
import { signedOut, type SignedOut } from '../sessions/authenticate.js';
import { endSessions, laterThan } from '../sessions/end.js';
import { lockLiveSession, readLive } from '../sessions/live.js';
import { openInPlaceOf, type SignedIn, signedIn } from '../sessions/open.js';
import { type Session } from '../sessions/types.js';
import { type AuthenticationMethod, type ClientInfo } from '../users/types.js';
import { toUser } from '../users/users.js';
import { lockChallenge, startChallenge, useChallenge } from './challenges.js';
import {
  webauthnChallengeOf,
  type MalformedPasskey,
  type PasskeyRejected,
  type PasskeysOff,
  readPasskeys,
  rejectPasskey,
  type StartedPasskey,
  startedPasskey,
  toHint,
} from './factors/passkeys.js';
import { checkFactor, type FactorAnswer, type FactorInput, givenFactors } from './factors/factors.js';
import { checkPasskey, eventOf, verifyAskedPasskey } from './factors/usePasskey.js';
import { type InputIssue, invalidInput, type InvalidInput, malformedPassword } from './input.js';
import { type Owner, reauthenticate } from './reauthenticate.js';
import { type AccountServices } from './services.js';

/** With the password of an account that has a second factor, one of its codes is given. */
export interface ConfirmIdentityInput extends FactorInput {
  /** Exactly one of `password` and `passkey` is given. */
  readonly password?: string | null | undefined;
  readonly passkey?: PasskeyProof | null | undefined;
}

/** A passkey that has signed the challenge of {@link startPasskeyConfirmation}. */
export interface PasskeyProof {
  readonly challengeToken: string;
  /** The `AuthenticationResponseJSON`, as the client sent it. */
  readonly response: unknown;
}

export type ConfirmIdentityOutcome =
  | SignedIn
  | SignedOut
  | Limited
  | { readonly kind: 'wrongPassword' | 'wrongCode' }
  | PasskeyRejected
  | MalformedPasskey
  | PasskeysOff
  | InvalidInput;

/**
 * Confirms who a signed-in user is, and puts a fresh session in the place of their own, which ends as SUPERSEDED. It takes as
 * much as a sign-in: the second factor as well, where the account has one (OWASP ASVS 5.0, 7.5.1: full re-authentication). A
 * passkey is both factors in one. A wrong proof leaves the session as it was, and counts as at a sign-in.
 *
 * @throws HasherBusy when too many passwords wait to be checked
 * @throws LimiterUnavailable when attempts cannot be counted
 * @throws DatabaseUnavailable when the session cannot be written
 */
export async function confirmIdentity(
  services: AccountServices,
  session: Session,
  input: ConfirmIdentityInput,
  clientInfo: ClientInfo,
): Promise<ConfirmIdentityOutcome> {
  const { password, passkey } = input;
  if (password != null && passkey == null)
    return byPassword(services, session, { ...input, password }, clientInfo);
  if (password == null && passkey != null) return byPasskey(services, session, passkey, clientInfo);
  return invalidInput(oneProof);
}

const oneProof: InputIssue = { field: 'password', message: 'Give one proof, and no more than one.' };

async function byPassword(
  services: AccountServices,
  session: Session,
  input: ConfirmIdentityInput & { readonly password: string },
  clientInfo: ClientInfo,
): Promise<ConfirmIdentityOutcome> {
  const { password } = input;
  if (normalizePassword(password).kind === 'malformed') return malformedPassword('password');
  const given = givenFactors(input);
  const reauthentication = { kind: 'CONFIRM_IDENTITY', password, clientInfo } as const;
  const outcome = await reauthenticate(services, session, reauthentication, () => async (tx, owner) => {
    const second = await proveSecondFactor(tx, services, owner, given, clientInfo);
    if (second.kind !== 'proved') return second;
    return replaceSession(tx, services, owner, { methods: ['PASSWORD', ...second.methods], clientInfo });
  });
  return outcome.kind === 'confirmed' ? confirmed(services, outcome) : outcome;
}

/**
 * Begins to confirm who a signed-in user is by one of their passkeys.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function startPasskeyConfirmation(
  services: AccountServices,
  session: Session,
  { ip }: ClientInfo,
): Promise<StartedPasskey | PasskeysOff | SignedOut | Limited> {
  const { passkeys: party } = services;
  if (party === null) return { kind: 'passkeysOff' };
  const limited = await services.rateLimits.challenge(services.database, ip);
  if (limited !== null) return limited;
  const { userId } = session;
  const begun = await services.database.transact(async (tx) => {
    const [owner, own] = await Promise.all([
      lockLiveSession(tx, services, session),
      readPasskeys(tx, userId),
    ]);
    if (owner === null) return null;
    const payload = { sessionId: session.id };
    return { own, challenge: startChallenge(tx, { purpose, userId, payload }, owner.now) };
  });
  if (begun === null) return signedOut(services, session);
  const { own, challenge } = begun;
  const options = await party.requestOptions(webauthnChallengeOf(challenge.token), own.map(toHint));
  return startedPasskey(challenge, options);
}

const purpose = 'passkeyConfirmation';

async function byPasskey(
  services: AccountServices,
  session: Session,
  { challengeToken: token, response }: PasskeyProof,
  clientInfo: ClientInfo,
): Promise<ConfirmIdentityOutcome> {
  const { userId, device } = session;
  const from = { sessionId: session.id, device, clientInfo };
  const asked = { kind: 'CONFIRM_IDENTITY', userId, token, response, ...from } as const;
  const verified = await verifyAskedPasskey(services, asked);
  if (verified.kind !== 'verified') return verified;

  const outcome = await services.database.transact(async (tx) => {
    const [owner, live, challenge, checked] = await Promise.all([
      lockLiveSession(tx, services, session),
      readLive(tx, userId),
      lockChallenge(tx, services.clock, { purpose, token }),
      checkPasskey(tx, verified),
    ]);
    if (owner === null) return null;
    const { sessionId } = (challenge?.payload ?? {}) as { readonly sessionId?: string };
    if (challenge?.state !== 'open' || sessionId !== session.id) return rejectPasskey('EXPIRED');
    if (checked.kind !== 'right') {
      const { user, now } = owner;
      const refusal = { kind: 'CONFIRM_IDENTITY', outcome: eventOf(checked), at: now } as const;
      if (user.emailKey !== null)
        services.failureRecorder.note({ ...refusal, emailKey: user.emailKey, ...from });
      return checked;
    }
    useChallenge(tx, challenge, owner.now);
    checked.consume(owner.now);
    return replaceSession(tx, services, { ...owner, live }, { methods: ['PASSKEY'], clientInfo });
  });
  if (outcome === null) return signedOut(services, session);
  return outcome.kind === 'confirmed' ? confirmed(services, outcome) : outcome;
}

/** Ends the session of an owner who has proved who they are, and opens a fresh one in its place. */
function replaceSession(
  tx: Tx,
  { policy }: Pick<AccountServices, 'policy'>,
  { user, session: own, live, now }: Owner,
  proof: { readonly methods: readonly AuthenticationMethod[]; readonly clientInfo: ClientInfo },
) {
  const at = laterThan(live, now);
  const id = randomUUID();
  const superseded = endSessions(tx, [{ ...own, supersededBy: id }], 'SUPERSEDED', at);
  const fresh = openInPlaceOf(tx, policy, own, { ...proof, id }, at);
  const about = { userId: user.id, sessionId: fresh.id, device: own.device, clientInfo: proof.clientInfo };
  recordEvent(tx, { kind: 'CONFIRM_IDENTITY', outcome: 'SUCCEEDED', ...about }, now);
  return { kind: 'confirmed', user: toUser(user), session: fresh, superseded } as const;
}

function confirmed(
  services: AccountServices,
  { user, session, superseded }: ReturnType<typeof replaceSession>,
): SignedIn {
  services.endEvents.publish(superseded);
  // A recovery code that was used is notified.
  services.mail?.wake();
  return signedIn(services, user, session, superseded);
}

type SecondProof =
  | { readonly kind: 'proved'; readonly methods: readonly AuthenticationMethod[] }
  | Exclude<ConfirmIdentityOutcome, SignedIn | SignedOut>;

/** Proves the second factor of an account that has one, and uses up the code. */
async function proveSecondFactor(
  tx: Tx,
  services: AccountServices,
  { user, session, now }: Owner,
  given: readonly FactorAnswer[],
  clientInfo: ClientInfo,
): Promise<SecondProof> {
  const { id: userId, emailKey } = user;
  if (!user.hasTotp || emailKey === null) return { kind: 'proved', methods: [] };
  const [answer, ...others] = given;
  if (answer === undefined || others.length > 0) return invalidInput(secondFactor);

  const { ip } = clientInfo;
  const { device } = session;
  const event = { kind: 'CONFIRM_IDENTITY', userId, sessionId: session.id, device, clientInfo } as const;
  const [limited, checked] = await Promise.all([
    services.rateLimits.checkCodeLimit(tx, emailKey, ip),
    checkFactor(tx, services, userId, answer),
  ]);
  if (limited !== null) {
    services.failureRecorder.note({ ...event, outcome: 'TOO_MANY_ATTEMPTS', emailKey, at: now });
    return limited;
  }
  if (checked.kind === 'right') {
    await checked.consume({ user, device, clientInfo }, now);
    return { kind: 'proved', methods: [answer.method] };
  }
  if (checked.kind === 'wrong') {
    recordEvent(tx, { ...event, outcome: 'WRONG_CODE' }, now);
    await services.rateLimits.wrongCode(tx, emailKey, ip);
  }
  return { kind: 'wrongCode' };
}

const secondFactor: InputIssue = {
  field: 'totp',
  message: 'The account has a second factor: give one, and no more than one.',
};
