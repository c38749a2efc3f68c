// Attempts at signing in from wherever a test likes: nodes that believe one proxy are told the address by header.

import { gql, type GqlAnswer, signIn } from '../support/gql.js';
import { password } from '../support/operations.js';

export interface Outcome {
  readonly __typename: string;
  readonly retryAt?: string;
  readonly token?: string;
}

export const wrongPassword = 'not the right password';

/** The operation's settings with limits on, and a proxy that is believed. */
export const limitsOn = { RATE_LIMITS: 'on', TRUST_PROXY: '1' };

const fields = '__typename ... on TooManyAttempts { retryAt } ... on LoginSuccess { token }';

export interface AttemptOptions {
  readonly from?: string;
  readonly with?: string;
}

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

export const right: AttemptOptions = { with: password };

export function countOf(kind: string, kinds: readonly string[]): number {
  return kinds.filter((one) => one === kind).length;
}

/** Sends many sign-ins in one document, and gives what was answered. */
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
