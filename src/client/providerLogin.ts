// A sign-in at a provider, while the person is at the provider's page: what this tab keeps of it, and what comes back.

import { storageOf } from './platform.js';

/** The person has cancelled at the provider, or the provider refused them. */
export interface ProviderDenied {
  readonly __typename: 'ProviderDenied';
  readonly message: string;
  /** The provider's code for it, such as `access_denied`. Anyone can write a URL: do not show it. */
  readonly error: string;
}

/** The challenge's token of the sign-in that this tab has begun. */
export interface PendingLogin {
  keep(challengeToken: string): void;
  /** Gives it, and forgets it: it works once. Null where there is none. */
  take(): string | null;
}

/** Keeps it in `sessionStorage`, which outlives the visit to the provider; in memory where there is none. */
export function pendingLogin(url: string): PendingLogin {
  const storage = storageOf('sessionStorage');
  const key = `hufu:providerLogin:${url}`;
  let kept: string | null = null;
  return {
    keep(challengeToken) {
      kept = challengeToken;
      try {
        storage?.setItem(key, challengeToken);
      } catch {
        // The storage is full or denied: it lasts as long as the page.
      }
    },
    take() {
      let taken = kept;
      kept = null;
      try {
        taken = storage?.getItem(key) ?? taken;
        storage?.removeItem(key);
      } catch {
        // As above.
      }
      return taken;
    },
  };
}

export type Returned =
  { readonly state: string; readonly code: string; readonly iss: string | null } | ProviderDenied;

/** Reads what a provider sent back in the query of a URL; null where it sent nothing. */
export function returnedIn(search: string): Returned | null {
  const parameters = new URLSearchParams(search);
  const [state, code, error] = ['state', 'code', 'error'].map((name) => parameters.get(name));
  if (state == null) return null;
  if (error != null)
    return { __typename: 'ProviderDenied', message: 'You were not signed in by the provider.', error };
  return code == null ? null : { state, code, iss: parameters.get('iss') };
}
