// Failures that a person can cause with a correct client, as the members of the result unions that say so.

import { type InputIssue } from '../auth/input.js';
import { type LinkRejected } from '../auth/emailLinks.js';
import { type Limited } from '../rateLimit/attempts.js';
import { type Session } from '../sessions/types.js';
import { type Context } from './context.js';
import { sessionNode } from './mappers.js';
import { noteRetry } from './requestNotes.js';

export const invalidCredentials = {
  __typename: 'InvalidCredentials',
  message: 'The e-mail address or the password is not right.',
} as const;

/** Where nobody gave an address: who it is, is known already. */
export const wrongPassword = {
  ...invalidCredentials,
  message: 'The password is not right.',
} as const;

export const accountDisabled = {
  __typename: 'AccountDisabled',
  message: 'This account is disabled.',
} as const;

export const emailTaken = {
  __typename: 'EmailTaken',
  message: 'There is an account with this e-mail address already.',
} as const;

export function invalidInput(issues: readonly InputIssue[]) {
  return { __typename: 'InvalidInput', message: 'Some of the input cannot be accepted.', issues } as const;
}

export function weakPassword(suggestions: readonly string[]) {
  const message = 'This password cannot be set: it is too easy to guess, too short or too long.';
  return { __typename: 'WeakPassword', message, suggestions } as const;
}

export function tooManyAttempts(context: Context, { retryAt }: Limited) {
  noteRetry(context.notes, retryAt);
  return { __typename: 'TooManyAttempts', message: 'There were too many attempts.', retryAt } as const;
}

export function sessionLimitReached(sessions: readonly Session[]) {
  return {
    __typename: 'SessionLimitReached',
    message: 'This account is signed in on as many devices as it may be.',
    sessions: sessions.map((session) => sessionNode(session, null)),
  } as const;
}

export const sessionNotFound = {
  __typename: 'SessionNotFound',
  message: 'There is no such live session.',
} as const;

const linkTexts = {
  INVALID: 'This link is not complete, or not for this.',
  EXPIRED: 'This link works no longer. Ask for a new one.',
  USED: 'This link has been used already.',
} as const satisfies Record<LinkRejected['reason'], string>;

export function linkRejected({ reason }: LinkRejected) {
  return { __typename: 'LinkRejected', message: linkTexts[reason], reason } as const;
}
