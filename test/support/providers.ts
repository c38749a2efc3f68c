// The operations of sign-ins at providers, as a front end uses them: it starts one and completes it with the parameters of the
// redirect.

import { gql, type GqlAnswer } from './gql.js';
import { register, type SessionFields, type SignedInFields } from './operations.js';
import { rowsOf } from './rows.js';
import { type RunningNode } from './startNode.js';

/** The page of the front end that providers redirect to. */
export const redirectUri = 'https://app.example.com/signed-in';

/** The settings of an OpenID Connect provider of the tests. */
export function providerEnv(
  name: string,
  issuer: string,
  { clientId = 'hufu', clientSecret = 'a secret' } = {},
): Readonly<Record<string, string>> {
  const setting = `PROVIDER_${name.toUpperCase()}`;
  return {
    [`${setting}_ISSUER`]: issuer,
    [`${setting}_CLIENT_ID`]: clientId,
    [`${setting}_CLIENT_SECRET`]: clientSecret,
  };
}

export interface Started {
  readonly url: string;
  readonly challengeToken: string;
}

/** The fields of all results of these operations; a test reads those that it expects. */
export interface ProviderResult {
  readonly __typename: string;
  readonly message?: string;
  readonly methods?: readonly string[];
  readonly token?: string;
  readonly session?: SessionFields & { readonly methods: readonly string[] };
  readonly user?: { readonly id: string; readonly email: string; readonly emailVerified: boolean };
  readonly identity?: IdentityFields;
  readonly url?: string;
  readonly challenge?: { readonly token: string };
}

export interface IdentityFields {
  readonly id: string;
  readonly provider: string;
  readonly email: string | null;
  readonly lastUsedAt: string | null;
}

const identityFields = 'id provider email lastUsedAt';
const session = 'session { id methods endedAt endReason device { kind name } }';
const user = 'user { id email emailVerified }';

const operations = {
  startProviderLogin: '... on ProviderLoginStarted { url challenge { token } }',
  startIdentityLink: '... on IdentityLinkStarted { url challenge { token } }',
  completeProviderLogin: `... on LoginSuccess { token ${session} ${user} } ... on RegisterSuccess { token ${session} ${user} }
    ... on AccountExists { methods } ... on SecondFactorRequired { challenge { token } }`,
  completeIdentityLink: `... on IdentityLinked { identity { ${identityFields} } }`,
  unlinkIdentity: `... on IdentityUnlinked { ${user} }`,
} as const;

export type ProviderOperation = keyof typeof operations;

/** Runs one of the operations and returns the whole response. */
export function askProvider(
  url: string,
  operation: ProviderOperation,
  input: Readonly<Record<string, unknown>>,
  token?: string,
): Promise<GqlAnswer<Record<string, ProviderResult>>> {
  const type = `${operation.slice(0, 1).toUpperCase()}${operation.slice(1)}Input`;
  const fields = `__typename ... on Problem { message } ${operations[operation]}`;
  return gql(url, {
    query: `mutation ($input: ${type}!) { ${operation}(input: $input) { ${fields} } }`,
    variables: { input },
    ...(token === undefined ? {} : { token }),
  });
}

/** Runs one of the operations and returns its result; throws when the response has errors instead. */
export async function runProvider(
  url: string,
  operation: ProviderOperation,
  input: Readonly<Record<string, unknown>>,
  token?: string,
): Promise<ProviderResult> {
  const { data, errors } = await askProvider(url, operation, input, token);
  const result = data?.[operation];
  if (result === undefined) throw new Error(`refused: ${JSON.stringify(errors)}`);
  return result;
}

/** Starts a sign-in or a link at a provider; throws when that is refused. */
export async function startAt(
  url: string,
  provider: string,
  { link, redirectUri: uri = redirectUri }: { readonly link?: string; readonly redirectUri?: string } = {},
): Promise<Started> {
  const operation = link === undefined ? 'startProviderLogin' : 'startIdentityLink';
  const result = await runProvider(url, operation, { provider, redirectUri: uri }, link);
  if (result.url === undefined || result.challenge === undefined)
    throw new Error(`refused: ${JSON.stringify(result)}`);
  return { url: result.url, challengeToken: result.challenge.token };
}

/** Reads the parameters of the redirect, as the front end does. */
export function returnedBy(url: URL): {
  readonly code: string;
  readonly state: string;
  readonly iss?: string;
} {
  const { searchParams } = url;
  const iss = searchParams.get('iss');
  return {
    code: searchParams.get('code') ?? '',
    state: searchParams.get('state') ?? '',
    ...(iss === null ? {} : { iss }),
  };
}

/** Lists the identities of a token's user. */
export async function identitiesOf(url: string, token: string): Promise<readonly IdentityFields[]> {
  const { data } = await gql<{ me: { identities: IdentityFields[] } }>(url, {
    query: `{ me { identities { ${identityFields} } } }`,
    token,
  });
  return data?.me.identities ?? [];
}

/** Registers a user, and marks the e-mail as verified, which a provider needs to link an identity. */
export async function registerWithVerifiedEmail(
  { url, database }: Pick<RunningNode, 'url' | 'database'>,
  email?: string,
): Promise<SignedInFields> {
  const person = await register(url, email === undefined ? {} : { email });
  await rowsOf(database, `update hufu.users set email_verified_at = now() where id = '${person.user.id}'`);
  return person;
}
