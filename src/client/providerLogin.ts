// What comes back when the person returns from a provider's page.

/** The person has cancelled at the provider, or the provider refused them. */
export interface ProviderDenied {
  readonly __typename: 'ProviderDenied';
  readonly message: string;
  /** The provider's code for it, such as `access_denied`. Anyone can write a URL: do not show it. */
  readonly error: string;
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
