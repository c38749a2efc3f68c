// The operations of passkeys, with the software authenticator.

import {
  assertPasskey,
  createPasskey,
  type CreationOptions,
  type Lies,
  type Passkey,
  type RequestOptions,
} from './authenticator.js';
import { gql } from './gql.js';
import { type DeviceFields, type SignedInFields } from './operations.js';

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

/** Starts the registration of a passkey; throws when that is refused. */
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

/** Completes the registration and returns the whole response. */
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

/** Starts a sign-in with a passkey; throws when that is refused. */
export async function startPasskeyLogin(url: string): Promise<Started<RequestOptions>> {
  const { data, errors } = await gql<{ startPasskeyLogin: Started<RequestOptions> }>(url, {
    query: `mutation { startPasskeyLogin { __typename
      ... on PasskeyLoginStarted { challenge { token expiresAt } options } } }`,
  });
  const started = data?.startPasskeyLogin;
  if (started?.__typename !== 'PasskeyLoginStarted')
    throw new Error(`refused: ${JSON.stringify(started ?? errors)}`);
  return started;
}

export interface CompleteLoginInput {
  readonly challengeToken: string;
  readonly response: unknown;
  readonly device?: DeviceFields;
  readonly takeover?: boolean;
}

export type PasskeyLoginResult = PasskeyResult & Partial<Omit<SignedInFields, '__typename'>>;

/** Completes the sign-in and returns its result. */
export async function completePasskeyLogin(
  url: string,
  input: CompleteLoginInput,
): Promise<PasskeyLoginResult> {
  const { data, errors } = await gql<{ completePasskeyLogin: PasskeyLoginResult }>(url, {
    query: `mutation ($input: CompletePasskeyLoginInput!) { completePasskeyLogin(input: $input) { __typename
      ... on LoginSuccess { token session { id methods } user { id email } superseded { id } }
      ... on PasskeyRejected { reason } } }`,
    variables: { input },
  });
  if (data === null) throw new Error(`refused: ${JSON.stringify(errors)}`);
  return data.completePasskeyLogin;
}

/** Signs in with a passkey, whose authenticator may lie. */
export async function loginWithPasskey(
  url: string,
  passkey: Passkey,
  lies: Lies = {},
  input: Partial<CompleteLoginInput> = {},
): Promise<PasskeyLoginResult> {
  const { challenge, options } = await startPasskeyLogin(url);
  const response = assertPasskey(passkey, options, origin, lies);
  return completePasskeyLogin(url, { challengeToken: challenge.token, response, ...input });
}

/** Starts a confirmation of the user's identity with a passkey; throws when that is refused. */
export async function startConfirmation(url: string, token: string): Promise<Started<RequestOptions>> {
  const { data, errors } = await gql<{ startPasskeyConfirmation: Started<RequestOptions> }>(url, {
    query: `mutation { startPasskeyConfirmation { __typename
      ... on PasskeyConfirmationStarted { challenge { token expiresAt } options } } }`,
    token,
  });
  const started = data?.startPasskeyConfirmation;
  if (started?.__typename !== 'PasskeyConfirmationStarted')
    throw new Error(`refused: ${JSON.stringify(started ?? errors)}`);
  return started;
}

/** Confirms the user's identity and returns the result. */
export async function confirm(url: string, token: string, input: object): Promise<PasskeyLoginResult> {
  const { data, errors } = await gql<{ confirmIdentity: PasskeyLoginResult }>(url, {
    query: `mutation ($input: ConfirmIdentityInput!) { confirmIdentity(input: $input) { __typename
      ... on ConfirmIdentitySuccess { token session { id methods } } ... on PasskeyRejected { reason } } }`,
    variables: { input },
    token,
  });
  if (data === null) throw new Error(`refused: ${JSON.stringify(errors)}`);
  return data.confirmIdentity;
}

/** Confirms the user's identity with a passkey, whose authenticator may lie. */
export async function confirmByPasskey(url: string, token: string, passkey: Passkey, lies: Lies = {}) {
  const { challenge, options } = await startConfirmation(url, token);
  const response = assertPasskey(passkey, options, origin, lies);
  return confirm(url, token, { passkey: { challengeToken: challenge.token, response } });
}
