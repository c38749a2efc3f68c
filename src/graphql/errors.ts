// The errors that resolvers throw on purpose.

import { GraphQLError } from 'graphql';

import type { SessionOutcome, SignedOutReason } from '../sessions/types.js';
import type { AuthenticationMethod } from '../users/types.js';

/** The values of the contract's `ErrorCode`. */
export const errorCodes = [
  'UNAUTHENTICATED',
  'STEP_UP_REQUIRED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'RATE_LIMITED',
  'NOT_ENABLED',
  'SERVICE_UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
] as const;

type ErrorCode = (typeof errorCodes)[number];

const reasonTexts = {
  NO_TOKEN: 'Sign in first: the request has no token. Send it as `Authorization: Bearer <token>`.',
  INVALID_TOKEN: 'Sign in again: the token is not valid.',
  EXPIRED: 'Sign in again: the session has expired.',
  IDLE: 'Sign in again: the session was unused for too long.',
  SUPERSEDED: 'Sign in again: a newer login took the place of this session.',
  LOGGED_OUT: 'Sign in again: the session was logged out.',
  REVOKED: 'Sign in again: the session was ended from another device or by an operator.',
  PASSWORD_CHANGED: 'Sign in again: the password was changed.',
  PROVIDER_ENDED: 'Sign in again: the provider that signed you in has ended the session.',
  ACCOUNT_DISABLED: 'The account is disabled.',
  ACCOUNT_DELETED: 'The account was deleted.',
} as const satisfies Record<SignedOutReason, string>;

const malformedText =
  'Sign in again: send the token as `Authorization: Bearer <token>`, with the word Bearer and without quotes.';

/** Makes the error of a request that needs a live session and has none. */
export function rejection(outcome: Exclude<SessionOutcome, { kind: 'active' }>): GraphQLError {
  if (outcome.kind === 'unavailable') return serviceUnavailable();
  if (outcome.kind === 'anonymous') return unauthenticated('NO_TOKEN', {});
  const { reason, at, by } = outcome;
  if (outcome.isMalformed === true) return coded('UNAUTHENTICATED', malformedText, { reason });
  return unauthenticated(reason, {
    ...(at === null ? {} : { at: at.toISOString() }),
    ...(by === null ? {} : { by: { kind: by.kind, name: by.name } }),
  });
}

function unauthenticated(reason: SignedOutReason, detail: Record<string, unknown>): GraphQLError {
  return coded('UNAUTHENTICATED', reasonTexts[reason], { reason, ...detail });
}

/** Makes the error of an act that needs a fresher proof. @param factors by which the user can give it */
export function stepUpRequired(
  maxAgeSeconds: number,
  factors: readonly AuthenticationMethod[],
): GraphQLError {
  const message = 'Confirm who you are first: the last proof is too old for this.';
  return coded('STEP_UP_REQUIRED', message, { maxAgeSeconds, factors });
}

/** Makes the error for data that only another user may see. */
export function forbidden(message: string): GraphQLError {
  return coded('FORBIDDEN', message);
}

/** Makes the error of an argument that the schema's types accept, but that makes no sense. */
export function badUserInput(message: string): GraphQLError {
  return coded('BAD_USER_INPUT', message);
}

/** Makes the error of a feature that the operator has not set up. */
export function notEnabled(message: string): GraphQLError {
  return coded('NOT_ENABLED', message);
}

/** Makes the error of a request that may succeed on the next try. */
export function serviceUnavailable(): GraphQLError {
  return coded('SERVICE_UNAVAILABLE', 'The service cannot answer right now. Try again in a moment.');
}

function coded(code: ErrorCode, message: string, detail: Record<string, unknown> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...detail } });
}
