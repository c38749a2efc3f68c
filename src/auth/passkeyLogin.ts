// Signs a user in with a passkey. No email is typed: the passkey names its account. It proves two factors, the device and the
// person's finger, face or PIN, so that no other one is asked for.

import { type Limited } from '../rateLimit/reservations.js';
import { type SignIn } from '../sessions/open.js';
import { type ClientInfo, type DeviceKind } from '../users/types.js';
import { findChallenge, lockChallenge, startChallenge, useChallenge } from './challenges.js';
import {
  webauthnChallengeOf,
  type MalformedPasskey,
  type PasskeyRejected,
  type PasskeysOff,
  rejectPasskey,
  type StartedPasskey,
  startedPasskey,
} from './factors/passkeys.js';
import { checkPasskey, eventOf, findPasskey, verifyPasskey } from './factors/usePasskey.js';
import { parseAssertion } from './factors/webauthn.js';
import { parseDevice } from './input.js';
import { type AccountServices } from './services.js';
import { type SignInProof, noteLogin, signInBy, type SignInOutcome } from './signIn.js';
import { offerVerification } from './verifyEmail.js';

/**
 * Begins a sign-in with a passkey.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function startPasskeyLogin(
  services: AccountServices,
  { ip }: ClientInfo,
): Promise<StartedPasskey | PasskeysOff | Limited> {
  const { passkeys: party } = services;
  if (party === null) return { kind: 'passkeysOff' };
  const limited = await services.rateLimits.challenge(services.database, ip);
  if (limited !== null) return limited;
  const challenge = await services.database.transact((tx) => {
    const begun = { purpose: 'passkeyLogin', userId: null, payload: {} } as const;
    return Promise.resolve(startChallenge(tx, begun, services.clock.now()));
  });
  const options = await party.requestOptions(webauthnChallengeOf(challenge.token), []);
  return startedPasskey(challenge, options);
}

export interface CompletePasskeyLoginInput {
  readonly challengeToken: string;
  /** The `AuthenticationResponseJSON`, as the client sent it. */
  readonly response: unknown;
  readonly device?:
    { readonly kind: DeviceKind; readonly name?: string | null | undefined } | null | undefined;
  /** Whether to take an older session's slot where the policy asks first. */
  readonly takeover: boolean;
}

export type CompletePasskeyLoginOutcome =
  | Exclude<SignInOutcome, { readonly kind: 'secondFactorRequired' }>
  | PasskeyRejected
  | MalformedPasskey
  | PasskeysOff
  | Limited;

/**
 * Signs in the user whose passkey has signed the challenge. Sent again within a minute, it gives the session that it opened
 * the first time, if that still is live.
 *
 * @throws LimiterUnavailable when attempts cannot be counted
 * @throws DatabaseUnavailable when the session cannot be written
 */
export async function completePasskeyLogin(
  services: AccountServices,
  { challengeToken: token, response, device, takeover }: CompletePasskeyLoginInput,
  clientInfo: ClientInfo,
): Promise<CompletePasskeyLoginOutcome> {
  const { passkeys: party } = services;
  if (party === null) return { kind: 'passkeysOff' };
  const assertion = parseAssertion(response);
  if (assertion === null) return { kind: 'malformedPasskey' };

  const presented = { purpose: 'passkeyLogin', token } as const;
  const reserved = await services.rateLimits.reservePasskey(services.database, clientInfo.ip, (db) =>
    Promise.all([findChallenge(db, services.clock, presented), findPasskey(db, assertion)]),
  );
  if (reserved.kind === 'limited') return reserved;
  const [begun, known] = reserved.found;
  const verified = await verifyPasskey(party, { assertion, token }, known, null);
  reserved.release(verified.kind === 'verified' && begun !== null ? 'right' : 'wrong');
  const from = { device: parseDevice(device), clientInfo };
  if (verified.kind !== 'verified') {
    if (known !== null) {
      const { emailKey } = known;
      const refusal = { kind: 'LOGIN', outcome: 'WRONG_PASSKEY', at: services.clock.now() } as const;
      services.failureRecorder.note({ ...refusal, emailKey, sessionId: null, ...from });
    }
    return verified;
  }
  if (begun === null || known === null) return rejectPasskey('EXPIRED');

  const { userId } = verified;
  // A challenge opens one session: it is the key under which the sign-in is sent again.
  const methods = ['PASSKEY'] as const;
  const signIn: SignIn = { ...from, userId, methods, takeover, idempotencyKey: begun.id };
  const proof: SignInProof<PasskeyRejected> = {
    signIn,
    emailKey: known.emailKey,
    isComplete: true,
    async recheck(tx, behindLock) {
      const [user, challenge, checked] = await Promise.all([
        behindLock.user,
        lockChallenge(tx, services.clock, presented),
        checkPasskey(tx, verified),
      ]);
      if (user === null) return rejectPasskey('UNKNOWN');
      if (challenge === null) return rejectPasskey('EXPIRED');
      if (challenge.state === 'used')
        return (await behindLock.replay) === null ? rejectPasskey('EXPIRED') : { kind: 'proved', user };
      if (checked.kind !== 'right') {
        noteLogin(services, signIn, user, eventOf(checked));
        return checked;
      }
      if (services.requireVerifiedEmail && user.emailVerifiedAt === null) {
        noteLogin(services, signIn, user, 'EMAIL_NOT_VERIFIED');
        return rejectPasskey('EMAIL_NOT_VERIFIED');
      }
      return {
        kind: 'proved',
        user,
        consume(now) {
          useChallenge(tx, challenge, now);
          checked.consume(now);
        },
      };
    },
  };
  const outcome = await signInBy(services, proof);
  if (outcome.kind === 'secondFactorRequired') throw new Error('a passkey proves both factors');
  if (outcome.kind === 'passkeyRejected' && outcome.reason === 'EMAIL_NOT_VERIFIED')
    offerVerification(services, known.emailKey, 'unverified');
  return outcome;
}
