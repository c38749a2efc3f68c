// The operations that most tests need.

import { randomUUID } from 'node:crypto';

import { gql, type GqlAnswer, type Operation, signIn } from './gql.js';

export const password = 'correct horse battery staple';

export interface SessionFields {
  readonly id: string;
  readonly device: { readonly kind: string; readonly name: string | null };
  readonly signedInAt: string;
  readonly endedAt: string | null;
  readonly endReason: string | null;
  readonly supersededBy: { readonly id: string } | null;
  readonly current: boolean;
}

export interface SignedInFields {
  readonly __typename: string;
  readonly token: string;
  readonly expiresAt: string;
  readonly session: SessionFields;
  readonly user: { readonly id: string; readonly email: string };
  readonly superseded: readonly SessionFields[];
}

export interface SignedOutFields {
  readonly __typename: 'SignedOut';
  readonly reason: string;
  readonly at: string | null;
  readonly by: { readonly kind: string; readonly name: string | null } | null;
}

const sessionFields = `id device { kind name } signedInAt endedAt endReason supersededBy { id } current`;

export const registerOperation: Operation<{ register: SignedInFields }> = `
  mutation Register($input: RegisterInput!) {
    register(input: $input) {
      __typename
      ... on RegisterSuccess { token expiresAt session { ${sessionFields} } user { id email } }
      ... on Problem { message }
      ... on InvalidInput { issues { field message } }
      ... on WeakPassword { suggestions }
    }
  }`;

export const loginOperation: Operation<{ login: SignedInFields }> = `
  mutation Login($input: LoginInput!) {
    login(input: $input) {
      __typename
      ... on LoginSuccess {
        token expiresAt session { ${sessionFields} } user { id email } superseded { ${sessionFields} }
      }
      ... on Problem { message }
    }
  }`;

export const meOperation: Operation<{ me: { id: string; email: string } | null }> =
  `query Me { me { id email } }`;

export const sessionOperation: Operation<{
  session: SignedOutFields | ({ __typename: 'Session' } & SessionFields);
}> = `
  query Session {
    session {
      __typename
      ... on Session { ${sessionFields} }
      ... on SignedOut { reason at by { kind name } }
    }
  }`;

export const logoutOperation: Operation<{ logout: { session: SessionFields | null } }> = `
  mutation Logout { logout { session { ${sessionFields} } } }`;

export const historyOperation: Operation<{
  me: { sessions: SessionFields[]; history: { edges: { node: SessionFields }[] } };
}> = `
  query History {
    me { sessions { ${sessionFields} } history(first: 100) { edges { node { ${sessionFields} } } } }
  }`;

export interface DeviceFields {
  readonly kind: string;
  readonly name?: string;
}

export const phone: DeviceFields = { kind: 'MOBILE', name: 'Pixel 9' };
export const laptop: DeviceFields = { kind: 'DESKTOP', name: 'Work laptop' };

/** An email that no test has used yet. */
export function randomEmail(): string {
  return `${randomUUID()}@example.com`;
}

/** Registers a new user and signs them in; throws when that is refused. */
export async function register(
  url: string,
  { email = randomEmail(), device }: { readonly email?: string; readonly device?: DeviceFields } = {},
): Promise<SignedInFields> {
  const answer = await signIn(url, {
    query: registerOperation,
    variables: { input: { email, password, device } },
  });
  return expectSuccess(answer, answer.data?.register);
}

/** Signs a user in; throws when that is refused. */
export async function login(
  url: string,
  email: string,
  device?: DeviceFields,
  token?: string,
): Promise<SignedInFields> {
  const answer = await signIn(url, {
    query: loginOperation,
    variables: { input: { email, password, device } },
    ...(token === undefined ? {} : { token }),
  });
  return expectSuccess(answer, answer.data?.login);
}

/** Logs in, and returns the type of the result. */
export async function loginResult(url: string, email: string, secret: string): Promise<string | undefined> {
  const variables = { input: { email, password: secret } };
  return (await gql(url, { query: loginOperation, variables })).data?.login.__typename;
}

/** Returns the reason for which a token is refused; `live` for one that is accepted. */
export async function reasonOf(url: string, token = ''): Promise<string> {
  const { errors } = await gql(url, { query: meOperation, token });
  return errors[0]?.extensions.reason ?? 'live';
}

function expectSuccess(answer: GqlAnswer<unknown>, result: SignedInFields | undefined): SignedInFields {
  if (result?.__typename.endsWith('Success') !== true) {
    throw new Error(`refused: ${JSON.stringify(result ?? answer.errors)}`);
  }
  return result;
}
