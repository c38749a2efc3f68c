// Reads the query of the URL to which a provider sends the person back.

/** The person has cancelled at the provider, or the provider refused them. */
export interface ProviderDenied {
  readonly __typename: 'ProviderDenied';
  readonly message: string;
  /** The provider's code for it, such as `access_denied`. Anyone can write a URL: do not show it. */
  readonly error: string;
}

export type Returned =
  { readonly state: string; readonly code: string; readonly iss: string | null } | ProviderDenied;

/** Reads the answer of a provider from the query of a URL; null where the query holds none. */
export function returnedIn(search: string): Returned | null {
  const parameters = new URLSearchParams(search);
  const [state, code, error] = ['state', 'code', 'error'].map((name) => parameters.get(name));
  if (state == null) return null;
  if (error != null)
    return { __typename: 'ProviderDenied', message: 'You were not signed in by the provider.', error };
  return code == null ? null : { state, code, iss: parameters.get('iss') };
}
