// Logins from any IP: the nodes trust one proxy, so that a test names the client's IP in X-Forwarded-For.

import { gql, type GqlAnswer, signIn } from '../support/gql.js';
import { password } from '../support/operations.js';

export interface Outcome {
  readonly __typename: string;
  readonly retryAt?: string;
  readonly token?: string;
}

export const wrongPassword = 'not the right password';

/** The settings of a node that limits attempts and trusts one proxy. */
export const limitsOn = { RATE_LIMITS: 'on', TRUST_PROXY: '1' };

const fields = '__typename ... on TooManyAttempts { retryAt } ... on LoginSuccess { token }';

export interface AttemptOptions {
  readonly from?: string;
  readonly with?: string;
}

/** Sends one login, with a wrong password unless a test gives another. */
export async function attempt(
  url: string,
  email: string,
  { from = '192.0.2.1', with: given = wrongPassword }: AttemptOptions = {},
): Promise<Outcome & { readonly answer: GqlAnswer<unknown> }> {
  const answer = await signIn<{ login: Outcome }>(url, {
    query: `mutation ($input: LoginInput!) { login(input: $input) { ${fields} } }`,
    variables: { input: { email, password: given } },
    headers: { 'x-forwarded-for': from },
  });
  if (answer.data === null) throw new Error(JSON.stringify(answer.errors));
  return { ...answer.data.login, answer };
}

/** Sends logins one after another, and returns the type of each result. */
export async function attempts(
  count: number,
  url: string,
  email: string | ((n: number) => string),
  options: (n: number) => AttemptOptions = () => ({}),
): Promise<readonly string[]> {
  const kinds: string[] = [];
  for (let n = 0; n < count; n += 1) {
    kinds.push((await attempt(url, typeof email === 'string' ? email : email(n), options(n))).__typename);
  }
  return kinds;
}

export const rightPassword: AttemptOptions = { with: password };

export function countOf(kind: string, kinds: readonly string[]): number {
  return kinds.filter((one) => one === kind).length;
}

/** Sends one document with many aliased logins. */
export async function aliased(url: string, count: number, email: string): Promise<GqlAnswer<unknown>> {
  const logins = Array.from(
    { length: count },
    (_, n) => `a${String(n)}: login(input: $input) { __typename }`,
  );
  return gql(url, {
    query: `mutation ($input: LoginInput!) { ${logins.join(' ')} }`,
    variables: { input: { email, password: wrongPassword } },
  });
}
