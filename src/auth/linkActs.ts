// Inspects and uses emailed links for the pages behind them: one type of outcome for every operation.

import { ServiceUnavailableError } from '../common/errors.js';
import { type Limited } from '../rateLimit/reservations.js';
import { type LinkOperation } from '../tokens/linkToken.js';
import { type ClientInfo } from '../users/types.js';
import { confirmEmailChange } from './changeEmail.js';
import { inspectLink, type LinkRejected } from './useLink.js';
import { completeRegistrationByLink, inspectRegistration } from './pendingRegistration.js';
import { resetPassword } from './resetPassword.js';
import { type AccountServices, servicesFor } from './services.js';
import { verifyEmail } from './verifyEmail.js';

export type LinkOutcome =
  /** The link has done its work. */
  | { readonly kind: 'done' }
  | LinkRejected
  | { readonly kind: 'emailTaken' }
  /** It is not the password of this registration; the link can be used again. */
  | { readonly kind: 'wrongPassword' }
  /** The new password is refused; the link can be used again. */
  | { readonly kind: 'passwordRefused'; readonly suggestions: readonly string[] }
  /** The database does not answer, or the network has tried too many forged links; the link can be used again. */
  | { readonly kind: 'unavailable' };

export interface LinkActs {
  /** The fewest characters of a password that is set. */
  readonly passwordMinLength: number;
  /** Tells whether a link can be used, without using it; `open` when it can. */
  inspect(
    operation: LinkOperation,
    token: string,
    clientInfo: ClientInfo,
  ): Promise<{ readonly kind: 'open' } | LinkRejected | { readonly kind: 'unavailable' }>;
  /** Uses a link. The password is the new one for `resetPassword`, and the chosen one for `completeRegistration`. */
  use(operation: LinkOperation, input: LinkInput, clientInfo: ClientInfo): Promise<LinkOutcome>;
}

export interface LinkInput {
  readonly token: string;
  readonly password: string;
}

/** The longest that a page may spend on the database in all, in milliseconds. */
const databaseMs = 4_000;

export function createLinkActs(all: AccountServices): LinkActs {
  return {
    passwordMinLength: all.passwordRules.minLength,
    inspect: (operation, token, clientInfo) =>
      available(() => {
        const services = servicesFor(all, clientInfo, databaseMs);
        return operation === 'completeRegistration'
          ? inspectRegistration(services, token)
          : inspectLink(services, operation, token);
      }),
    use: (operation, input, clientInfo) =>
      available(async () => {
        const outcome = await acts[operation](servicesFor(all, clientInfo, databaseMs), input, clientInfo);
        return outcome.kind === 'limited' ? unavailable : outcome;
      }),
  };
}

type LinkAct = (
  services: AccountServices,
  input: LinkInput,
  clientInfo: ClientInfo,
) => Promise<LinkOutcome | Limited>;

const done = { kind: 'done' } as const;
const unavailable = { kind: 'unavailable' } as const;

const acts: Readonly<Record<LinkOperation, LinkAct>> = {
  async verifyEmail(services, { token }, clientInfo) {
    const outcome = await verifyEmail(services, token, clientInfo);
    return outcome.kind === 'verified' ? done : outcome;
  },

  async completeRegistration(services, input, clientInfo) {
    const outcome = await completeRegistrationByLink(services, input, clientInfo);
    return outcome.kind === 'registered' ? done : outcome;
  },

  async confirmEmailChange(services, { token }, clientInfo) {
    const outcome = await confirmEmailChange(services, token, clientInfo);
    return outcome.kind === 'changed' ? done : outcome;
  },

  async resetPassword(services, input, clientInfo) {
    const { token, password: newPassword } = input;
    const outcome = await resetPassword(services, { token, newPassword }, clientInfo);
    switch (outcome.kind) {
      case 'reset':
        return done;
      case 'linkRejected':
      case 'limited':
        return outcome;
      case 'weakPassword':
        return { kind: 'passwordRefused', suggestions: outcome.suggestions };
      case 'invalidInput':
        return { kind: 'passwordRefused', suggestions: outcome.issues.map(({ message }) => message) };
    }
  },
};

/** Turns an outage into an outcome: the person gets a page either way. */
async function available<T>(work: () => Promise<T>): Promise<T | { readonly kind: 'unavailable' }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ServiceUnavailableError) return unavailable;
    throw error;
  }
}
