// The operations that the scenarios send, and single requests.

import { graphqlRequest } from './load.js';
import { type MeasuredServer } from './processes.js';

export const me = { query: 'query Me { me { id email } }' };
export const meAnswers = '"data":{"me":{"id":"';

export const session = {
  query: 'query Session { session { __typename ... on SignedOut { reason } ... on Session { id } } }',
};
export const signedOutAnswers = '"reason":"NO_TOKEN"';

export const password = 'correct horse battery staple';

const credentials = (email: string) => ({
  input: { email, password, device: { kind: 'WEB', name: 'Bench' } },
});

export const register = (email: string) => ({
  query:
    'mutation Register($input: RegisterInput!) { register(input: $input) { __typename ... on RegisterSuccess { token } } }',
  variables: credentials(email),
});

export const login = (email: string) => ({
  query:
    'mutation Login($input: LoginInput!) { login(input: $input) { __typename ... on LoginSuccess { token } } }',
  variables: credentials(email),
});
export const loginAnswers = '"__typename":"LoginSuccess"';

export function meRequests(tokens: readonly string[]): string[] {
  return tokens.map((token) => graphqlRequest(me, token));
}

export const sessionEnded = { query: 'subscription SessionEnded { sessionEnded { reason at } }' };

export interface Answered {
  /** Names and values in turn, without the headers that Node adds to every answer. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** @throws when the status is not 200 */
export async function ask(
  { port }: Pick<MeasuredServer, 'port'>,
  operation: { readonly query: string; readonly variables?: unknown },
  token: string | null = null,
): Promise<Answered> {
  const response = await fetch(`http://127.0.0.1:${String(port)}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(operation),
  });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${String(response.status)} ${body}`);
  const added = new Set(['date', 'connection', 'keep-alive']);
  return { headers: [...response.headers].filter(([name]) => !added.has(name)).flat(), body };
}

/** Registers users over the API one after another, and gives their tokens. */
export async function signUpPeople(server: Pick<MeasuredServer, 'port'>, count: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { body } = await ask(server, register(`bench-${String(index)}@example.com`));
    const { data } = JSON.parse(body) as { data: { register: { token?: string } } };
    if (data.register.token === undefined) throw new Error(`no user was registered: ${body}`);
    tokens.push(data.register.token);
  }
  return tokens;
}
