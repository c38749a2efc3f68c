// What the pages behind emailed links say.

import { type LinkRejected } from '../../../auth/emailLinks.js';
import { type LinkOperation } from '../../../tokens/linkToken.js';

export interface LinkTexts {
  readonly title: string;
  readonly ask: string;
  readonly button: string;
  readonly doneTitle: string;
  readonly done: string;
}

export const linkTexts = {
  verifyEmail: {
    title: 'Confirm your e-mail address',
    ask: 'Confirm that this link came to an address of yours. If you have no account here, close this page.',
    button: 'Confirm this address',
    doneTitle: 'Your address is confirmed',
    done: 'You can close this page.',
  },
  resetPassword: {
    title: 'Set a new password',
    ask: 'Every device that is signed in to your account will be signed out.',
    button: 'Set the new password',
    doneTitle: 'Your new password is set',
    done: 'Every device has been signed out. Sign in with the new password.',
  },
  confirmEmailChange: {
    title: 'Use your new e-mail address',
    ask: 'Your account will have this address instead of the one before. If you did not ask for that, close this page.',
    button: 'Use this address',
    doneTitle: 'Your account has the new address',
    done: 'Use it from now on when you sign in.',
  },
} as const satisfies Record<LinkOperation, LinkTexts>;

/** Why a link does nothing, and the status that says so to programs: RFC 9110 sections 15.5.1 and 15.5.11. */
export const rejectionTexts = {
  INVALID: {
    status: 400,
    title: 'This link is not complete',
    text: 'It may have been cut short on its way. Copy all of it from the mail, or ask for a new one.',
  },
  EXPIRED: {
    status: 410,
    title: 'This link works no longer',
    text: 'Its time is over, or the account has changed since it was mailed. Ask for a new one.',
  },
  USED: {
    status: 410,
    title: 'This link has been used',
    text: 'It worked once, and has done its work.',
  },
} as const satisfies Record<
  LinkRejected['reason'],
  { readonly status: number; readonly title: string; readonly text: string }
>;

export const emailTakenText = {
  title: 'This address has another account',
  text: 'An account here has this address already. Nothing has changed.',
} as const;

export const unavailableText = {
  title: 'Try again in a moment',
  text: 'The service cannot answer right now. The link has not been used.',
} as const;

export const refusedText =
  'This password cannot be set: it is too easy to guess, too short or too long. The link still works.';
