// Sends a client to a provider, and takes it back. The client gets the URL to send the person to, and a challenge. The
// challenge's token is its proof that it is the one that began, as the verifier of PKCE is, and never stands in a URL. What the
// provider sees is derived from it: state, nonce, and the verifier of PKCE between this server and the provider. So the
// database holds none of them.

import { hkdfSync } from 'node:crypto';

import { z } from 'zod';

import { networksOf } from '../../common/networks.js';
import { type Limited } from '../../rateLimit/reservations.js';
import { type Session } from '../../sessions/types.js';
import { type ClientInfo } from '../../users/types.js';
import {
  type ChallengePurpose,
  type ChallengeRejected,
  challengeRejected,
  countWrongTry,
  findChallenge,
  lockChallenge,
  startChallenge,
  type StartedChallenge,
  useChallenge,
} from '../challenges.js';
import { type AccountServices } from '../services.js';
import { lockSessionWithRequiredFactors, type ActRefused, refusedNow } from '../stepUp.js';
import { type ProvenAt } from './identities.js';
import { type ConfirmationTimes } from './logouts.js';
import { type AuthorizationRequest, type ProviderFailure } from './protocol.js';
import { type Provider, stateFor } from './registry.js';

export interface StartInput {
  /** The provider's name in the settings. */
  readonly provider: string;
  readonly redirectUri: string;
}

export interface StartedAtProvider {
  readonly kind: 'started';
  readonly url: string;
  readonly challenge: StartedChallenge;
}

/** The client asks for what no settings allow: a fault of the client. */
export interface NotConfigured {
  readonly kind: 'notConfigured';
  readonly field: 'provider' | 'redirectUri';
}

export type StartOutcome = StartedAtProvider | ProviderFailure | NotConfigured | Limited;

/** Of a session that begins a link and alone completes it. */
const payload = z.object({ provider: z.string(), redirectUri: z.string(), sessionId: z.string().nullable() });

type Purpose = ChallengePurpose & ('providerLogin' | 'identityLink');

/**
 * Begins a sign-in at a provider.
 *
 * @throws LimiterUnavailable when it cannot be counted, DatabaseUnavailable when it cannot be written
 */
export async function startProviderLogin(
  services: AccountServices,
  input: StartInput,
  clientInfo: ClientInfo,
): Promise<StartOutcome> {
  const ready = await prepare(services, input, clientInfo);
  if (ready.kind !== 'ready') return ready;
  const begun = { purpose: 'providerLogin', userId: null, payload: { ...input, sessionId: null } } as const;
  const challenge = await services.database.transact((tx) =>
    Promise.resolve(startChallenge(tx, begun, services.clock.now())),
  );
  return toProvider(ready.provider, input, challenge, clientInfo);
}

/** Begins to link an identity at a provider to the account of a session. Throws as {@link startProviderLogin} does. */
export async function startIdentityLink(
  services: AccountServices,
  session: Session,
  input: StartInput,
  clientInfo: ClientInfo,
): Promise<StartOutcome | ActRefused> {
  const ready = await prepare(services, input, clientInfo);
  if (ready.kind !== 'ready') return ready;
  const { userId, id: sessionId } = session;
  const challenge = await services.database.transact(async (tx) => {
    const owner = await lockSessionWithRequiredFactors(tx, services, session);
    if (owner === null) return null;
    const begun = { purpose: 'identityLink', userId, payload: { ...input, sessionId } } as const;
    return startChallenge(tx, begun, owner.now);
  });
  if (challenge === null) return refusedNow(services, session, 'LINK_IDENTITY', clientInfo);
  return toProvider(ready.provider, input, challenge, clientInfo);
}

async function prepare(
  services: AccountServices,
  { provider: id, redirectUri }: StartInput,
  { ip }: ClientInfo,
): Promise<{ readonly kind: 'ready'; readonly provider: Provider } | NotConfigured | Limited> {
  const provider = services.providers.find(id);
  if (provider === undefined) return { kind: 'notConfigured', field: 'provider' };
  if (!services.providers.mayReturnTo(redirectUri)) return { kind: 'notConfigured', field: 'redirectUri' };
  return (await services.rateLimits.challenge(services.database, ip)) ?? { kind: 'ready', provider };
}

async function toProvider(
  provider: Provider,
  { redirectUri }: StartInput,
  challenge: StartedChallenge,
  clientInfo: ClientInfo,
): Promise<StartedAtProvider | ProviderFailure> {
  const request = requestOf(challenge.token, redirectUri);
  const authorization = await provider.authorize(requesterOf(clientInfo), request);
  if (authorization.kind !== 'authorization') return authorization;
  return { kind: 'started', url: authorization.url, challenge };
}

/** Derives what the provider sees from the challenge's token; none of it tells the token or another part. */
function requestOf(challengeToken: string, redirectUri: string): AuthorizationRequest {
  const derive = (use: string) =>
    Buffer.from(hkdfSync('sha256', challengeToken, '', `hufu: ${use} at a provider`, 32)).toString(
      'base64url',
    );
  return {
    redirectUri,
    state: stateFor(derive('state'), redirectUri),
    nonce: derive('nonce'),
    codeVerifier: derive('code verifier'),
  };
}

function requesterOf({ ip }: ClientInfo): string {
  return networksOf(ip).at(-1) ?? '';
}

/** The parameters that the browser brought back from the provider, and the client's own proof. */
export interface ReturnInput {
  readonly challengeToken: string;
  readonly code: string;
  readonly state: string;
  /** The issuer that the response names (RFC 9207). */
  readonly iss?: string | null | undefined;
}

/** The challenge has been used up by an earlier request. */
export interface ChallengeUsed {
  readonly kind: 'challengeUsed';
  /** The user whom that request signed in; null when it signed no user in. */
  readonly userId: string | null;
}

export interface ReturnedFromProvider {
  readonly kind: 'returned';
  readonly challengeId: string;
  readonly identity: ProvenAt;
  readonly times: ConfirmationTimes;
}

/**
 * Uses up the challenge, and has the provider prove whom the person is. A code is tried once: when the provider does not
 * confirm it, the person begins again. Not to be called inside a transaction.
 *
 * @param owner the session that must have begun it; null for a sign-in
 * @throws LimiterUnavailable when it cannot be counted, DatabaseUnavailable when it cannot be written
 */
export async function returnFromProvider(
  services: AccountServices,
  purpose: Purpose,
  { challengeToken: token, code, state, iss }: ReturnInput,
  owner: Session | null,
  clientInfo: ClientInfo,
): Promise<ReturnedFromProvider | ChallengeRejected | ChallengeUsed | ProviderFailure | Limited> {
  const { database, clock, providers } = services;
  const presented = { purpose, token };
  const known = await services.rateLimits.reserveLink(database, clientInfo.ip, (db) =>
    findChallenge(db, clock, presented),
  );
  if (known.kind === 'limited') return known;
  known.release(known.found === null ? 'wrong' : 'right');
  if (known.found === null) return challengeRejected;

  const used = await database.transact(async (tx) => {
    const challenge = await lockChallenge(tx, clock, presented);
    if (challenge === null) return challengeRejected;
    if (challenge.state === 'used') return { kind: 'challengeUsed', userId: challenge.userId } as const;
    const { redirectUri, provider, sessionId } = payload.parse(challenge.payload);
    const request = requestOf(token, redirectUri);
    if (request.state !== state || sessionId !== (owner?.id ?? null)) {
      countWrongTry(tx, challenge);
      return challengeRejected;
    }
    const times = { begunAt: challenge.createdAt, askedAt: clock.now() };
    useChallenge(tx, challenge, times.askedAt);
    const open = { challengeId: challenge.id, request, provider: providers.find(provider), times };
    return { kind: 'open', ...open } as const;
  });
  if (used.kind !== 'open') return used;
  const { challengeId, provider, request, times } = used;
  if (provider === undefined) return challengeRejected;
  const proven = await provider.prove(requesterOf(clientInfo), { ...request, code, iss: iss ?? null });
  if (proven.kind !== 'proven') return proven;
  return { kind: 'returned', challengeId, identity: { ...proven.identity, provider: provider.id }, times };
}
