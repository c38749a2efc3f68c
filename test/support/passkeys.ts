// Passkeys of a node's users, made and used with an authenticator made by hand.

import { createPasskey, type CreationOptions, type Lies, type Passkey } from './authenticator.js';
import { gql } from './gql.js';

/** The page that uses passkeys in tests. */
export const origin = 'https://app.example.com';

/** The settings with which a node has passkeys for that page. */
export const passkeySettings = { WEBAUTHN_RP_ID: 'example.com', WEBAUTHN_ORIGINS: origin } as const;

interface Started<Options> {
  readonly __typename: string;
  readonly challenge: { readonly token: string; readonly expiresAt: string };
  readonly options: Options;
}

export interface PasskeyFields {
  readonly id: string;
  readonly name: string;
  readonly synced: boolean;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
}

export interface PasskeyResult {
  readonly __typename: string;
  readonly reason?: string;
  readonly passkey?: PasskeyFields;
  readonly issues?: readonly { readonly field: string }[];
}

export const passkeyFields = 'id name synced createdAt lastUsedAt';

/** Begins to add a passkey; throws when that is refused. */
export async function startRegistration(url: string, token: string): Promise<Started<CreationOptions>> {
  const { data, errors } = await gql<{ startPasskeyRegistration: Started<CreationOptions> }>(url, {
    query: `mutation { startPasskeyRegistration { __typename
      ... on PasskeyRegistrationStarted { challenge { token expiresAt } options } } }`,
    token,
  });
  const started = data?.startPasskeyRegistration;
  if (started?.__typename !== 'PasskeyRegistrationStarted')
    throw new Error(`refused: ${JSON.stringify(started ?? errors)}`);
  return started;
}

/** Completes it, and gives everything that came back. */
export function completeRegistration(
  url: string,
  token: string,
  input: { readonly challengeToken: string; readonly response: unknown; readonly name?: string },
) {
  return gql<{ completePasskeyRegistration: PasskeyResult }>(url, {
    query: `mutation ($input: CompletePasskeyRegistrationInput!) { completePasskeyRegistration(input: $input) {
      __typename ... on PasskeyAdded { passkey { ${passkeyFields} } } ... on PasskeyRejected { reason }
      ... on InvalidInput { issues { field } } } }`,
    variables: { input: { name: 'Pixel 9', ...input } },
    token,
  });
}

/** Adds a passkey to the account of a token; throws when that is refused. */
export async function addPasskey(
  url: string,
  token: string,
  { name = 'Pixel 9', lies = {} }: { readonly name?: string; readonly lies?: Lies } = {},
): Promise<Passkey & { readonly fields: PasskeyFields }> {
  const { challenge, options } = await startRegistration(url, token);
  const { passkey, creation } = createPasskey(options, origin, lies);
  const input = { challengeToken: challenge.token, response: creation, name };
  const { data, errors } = await completeRegistration(url, token, input);
  const fields = data?.completePasskeyRegistration.passkey;
  if (fields === undefined)
    throw new Error(`refused: ${JSON.stringify(data?.completePasskeyRegistration ?? errors)}`);
  return { ...passkey, fields };
}
