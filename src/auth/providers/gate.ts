// The limits of every act at a provider: one that is slow, down or lying costs the other users of the node nothing.

import { errors as joseErrors } from 'jose';
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';

import { createFairLimit } from '../../common/fairQueue.js';
import { type Log } from '../../observability/log.js';
import { type Metrics } from '../../observability/metrics.js';
import { type ProviderFailure } from './protocol.js';

/** How many acts are under way at one provider, and how many wait for a second at most. */
const concurrency = 24;
const maxQueued = 48;
const maxWaitMs = 1_000;

class ProviderBusy extends Error {
  override readonly name = 'ProviderBusy';
}

/** Runs an act at a provider within its limits. Never throws for what the provider does. */
export type ProviderGate = <T extends object>(
  requester: string,
  act: () => Promise<T>,
) => Promise<T | ProviderFailure>;

export function createProviderGate(
  provider: string,
  { log, metrics }: { readonly log: Pick<Log, 'warn'>; readonly metrics: Metrics },
): ProviderGate {
  const limit = createFairLimit({
    concurrency,
    maxQueued,
    maxWaitMs,
    refusal: () => new ProviderBusy('too many sign-ins wait for the provider'),
  });
  return async (requester, act) => {
    try {
      const done = await limit.run(requester, act);
      metrics.count('provider_acts', { provider, outcome: 'OK' });
      return done;
    } catch (error) {
      const failure = classify(error);
      const outcome = failure.kind === 'providerUnavailable' ? 'UNAVAILABLE' : 'REJECTED';
      metrics.count('provider_acts', { provider, outcome });
      log.warn({ provider, outcome, cause: causeOf(error) }, 'a provider failed or was not believed');
      return failure;
    }
  };
}

/** Tells an outage from a refusal: a provider that is slow, down or cannot be reached safely has refused nothing. */
function classify(error: unknown): ProviderFailure {
  const status = statusOf(error);
  const isDown =
    error instanceof ProviderBusy ||
    error instanceof joseErrors.JWKSTimeout ||
    (error instanceof ClientError && error.code === 'OAUTH_TIMEOUT') ||
    (error instanceof DOMException && error.name === 'TimeoutError') ||
    // The error of fetch when there is no answer.
    (error instanceof TypeError && error.message === 'fetch failed') ||
    (status !== null && (status >= 500 || status === 429));
  return { kind: isDown ? 'providerUnavailable' : 'providerRejected' };
}

function statusOf(error: unknown): number | null {
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError)
    return error.status;
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Response ? cause.status : null;
}

/**
 * Says why in words of the libraries and of ours. What a provider sent stands in the causes of such errors, codes and
 * tokens included, so only messages and codes are taken, and of what it said nothing but a registered error's name.
 */
function causeOf(error: unknown): string {
  const parts: string[] = [];
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    const code = 'code' in current && typeof current.code === 'string' ? current.code : null;
    parts.push(code === null ? current.message : `${current.message} (${code})`);
    if (current instanceof ResponseBodyError || current instanceof AuthorizationResponseError) {
      const oauthError = current.error;
      parts.push(knownErrors.has(oauthError) ? oauthError : 'an error that is not registered');
      break;
    }
    current = current.cause;
  }
  const status = statusOf(error);
  if (status !== null) parts.push(`status ${String(status)}`);
  return [...new Set(parts)].join(': ');
}

/** RFC 6749, sections 4.1.2.1 and 5.2, and what GitHub answers for a code that does not work. */
const knownErrors: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
  'bad_verification_code',
  'incorrect_client_credentials',
  'redirect_uri_mismatch',
]);
