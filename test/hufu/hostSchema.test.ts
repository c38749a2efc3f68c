// Hufu's types and resolvers in a team's schema, served by the team's own Apollo Server.

import { inspect } from 'node:util';

import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSchema, GraphQLError } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';

import { type HostContext, type Hufu, requireSession, requireUser } from '../../src/index.js';
import { gql } from '../support/gql.js';
import { loginOperation, meOperation, password, register, sessionOperation } from '../support/operations.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { startHost, startHufu } from './harness.js';

const typeDefs = `
  extend type Query { greeting: String!  teapot: String  notes(of: ID!): [Note!]!  author(id: ID!): User! }
  extend type Mutation { addNote(text: String!): Note! }
  extend type User { shout: String! }
  extend type Session { label: String! }
  type Note { text: String!  author: User! }
`;

const parents: unknown[] = [];

const resolvers = {
  Query: {
    greeting: (_parent: unknown, _args: unknown, context: HostContext) =>
      context.user === null ? 'Hello, stranger' : `Hello, ${context.user.email}`,
    teapot: () => {
      throw new GraphQLError('I am a teapot.', { extensions: { code: 'TEAPOT', cups: 2 } });
    },
    notes: () => [],
    author: (_parent: unknown, { id }: { id: string }) => ({ id, email: 'author@example.com' }),
  },
  Mutation: {
    addNote: (_parent: unknown, { text }: { text: string }, context: HostContext) => ({
      text,
      author: requireUser(context),
    }),
  },
  User: {
    shout: (parent: { id: string; email: string }) => {
      parents.push(parent);
      return parent.email.toUpperCase();
    },
  },
  Session: { label: (parent: { id: string }) => `session ${parent.id}` },
};

let hufu: Hufu;
let url: string;
beforeAll(async () => {
  hufu = await startHufu();
  url = await startHost(hufu, { typeDefs, resolvers });
});

describe("HUFU-01 a team's own resolvers MUST know the user of a request", () => {
  test('from the context, and from a guard whose error says why there is none', async () => {
    const { token, user } = await register(url);
    const greeting = { query: '{ greeting }' };
    expect((await gql(url, greeting)).data).toEqual({ greeting: 'Hello, stranger' });
    expect((await gql(url, { ...greeting, token })).data).toEqual({ greeting: `Hello, ${user.email}` });

    const addNote = { query: 'mutation { addNote(text: "x") { text author { id shout } } }' };
    const done = await gql<{ addNote: object }>(url, { ...addNote, token });
    expect(done.errors).toEqual([]);
    expect(done.data?.addNote).toEqual({
      text: 'x',
      author: { id: user.id, shout: user.email.toUpperCase() },
    });
    const [error] = (await gql(url, addNote)).errors;
    expect(error?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'NO_TOKEN' });
  });

  test('and refuse a superseded session with its reason', async () => {
    const older = await register(url);
    const input = { email: older.user.email, password };
    const newer = await gql(url, { query: loginOperation, variables: { input } });
    expect(newer.data?.login.superseded.map(({ id }) => id)).toEqual([older.session.id]);

    const answer = await gql(url, { query: 'mutation { addNote(text: "x") { text } }', token: older.token });
    expect(answer.errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SUPERSEDED' });
    const state = await gql(url, { query: sessionOperation, token: older.token });
    expect(state.data?.session).toMatchObject({ __typename: 'SignedOut', reason: 'SUPERSEDED' });
  });
});

test('HUFU-02 the resolver of a field that a team adds to User or Session MUST get a plain parent with its id and no secret', async () => {
  const { token, user, session } = await register(url);
  parents.length = 0;
  const query = '{ me { id shout sessions { id label } } }';
  const { data, errors } = await gql(url, { query, token });
  expect(errors).toEqual([]);
  expect(data).toEqual({
    me: {
      id: user.id,
      shout: user.email.toUpperCase(),
      sessions: [{ id: session.id, label: `session ${session.id}` }],
    },
  });
  expect(parents[0]).toMatchObject({ id: user.id, email: user.email });
  expect(JSON.stringify(parents[0])).not.toMatch(/hash|argon2|secret|emailKey/i);
});

test('HUFU-08 a user that a team resolves from its own tables MUST show private fields to that user alone', async () => {
  const [ann, bob] = [await register(url), await register(url)];
  const ask = (field: string, token?: string) =>
    gql<{ author: object }>(url, {
      query: `{ author(id: "${ann.user.id}") { id emailVerified ${field} } }`,
      ...(token === undefined ? {} : { token }),
    });
  const fields = [
    'sessions { id }',
    'history { edges { node { id } } }',
    'securityEvents { edges { node { id } } }',
    'passkeys { id }',
    'factors { id }',
    'identities { id }',
    'recoveryCodesLeft',
  ];
  for (const field of fields) {
    for (const token of [bob.token, undefined]) {
      const { errors } = await ask(field, token);
      expect(errors[0]?.extensions.code, field).toBe('FORBIDDEN');
    }
    expect((await ask(field, ann.token)).errors, field).toEqual([]);
  }
  expect((await ask('sessions { id current }', ann.token)).data?.author).toEqual({
    id: ann.user.id,
    emailVerified: false,
    sessions: [{ id: ann.session.id, current: true }],
  });
});

test("HUFU-03 a team's own errors MUST reach the client unchanged", async () => {
  const { errors } = await gql(url, { query: '{ teapot }' });
  expect(errors[0]?.message).toBe('I am a teapot.');
  expect(errors[0]?.extensions).toMatchObject({ code: 'TEAPOT', cups: 2 });
});

test('HUFU-04 two credentials in one document MUST be refused, even by a server without the validation rules', async () => {
  const unlimited = await startHost({ ...hufu, validationRules: [] }, { typeDefs, resolvers });
  const { user } = await register(unlimited);
  const login = (alias: string) =>
    `${alias}: login(input: { email: "${user.email}", password: "${password}" }) { __typename }`;
  const fragment = `mutation { ...Two } fragment Two on Mutation { ${login('a')} ${login('b')} }`;
  for (const query of [fragment, `mutation { ${login('a')} addNote(text: "x") { text } }`]) {
    const { data, errors } = await gql(unlimited, { query });
    expect(data).toBeNull();
    expect(errors[0]?.extensions).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(errors[0]?.message).toMatch(/^login takes a credential and must be the only field/);
  }
  const refused = await gql(url, { query: fragment });
  expect(refused.status).toBe(400);
});

test('HUFU-05 a guard MUST throw an error with the remedy when the context has no hufu', () => {
  expect(() => requireSession({} as HostContext)).toThrow(
    /^The context has no `hufu`\. Spread what hufu\.context/,
  );
});

test('HUFU-06 a refused attempt over the limit MUST answer with retry-after', async () => {
  const limited = await startHufu({ rateLimits: { guessesPerMinute: 1 } });
  const server = await startHost(limited, { typeDefs, resolvers });
  const wrong = {
    query: 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }',
    variables: { input: { email: 'a@example.com', password: 'wrong horse battery' } },
  };
  const attempt = () => gql<{ login: { __typename: string } }>(server, wrong);
  const answers = [await attempt(), await attempt()];
  expect(answers.map(({ data }) => data?.login)).toEqual([
    { __typename: 'InvalidCredentials' },
    { __typename: 'TooManyAttempts' },
  ]);
  expect(Number(answers[1]?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answers[0]?.headers.get('retry-after')).toBeNull();
});

test("HUFU-74 a password in a variable that does not fit MUST reach neither the answer nor a team's log", async () => {
  const seen: string[] = [];
  const reporter: ApolloServerPlugin = {
    requestDidStart: () =>
      Promise.resolve({
        didEncounterErrors({ errors }) {
          seen.push(inspect(errors, { depth: 9 }), ...errors.map(({ message }) => message));
          return Promise.resolve();
        },
      }),
  };
  const server = new ApolloServer<HostContext>({
    schema: hufu.extend({ typeDefs, resolvers }),
    plugins: [hufu.plugin, reporter],
    includeStacktraceInErrorResponses: true,
  });
  const { url: reporting } = await startStandaloneServer(server, {
    listen: { port: 0, host: '127.0.0.1' },
    context: ({ req }) => hufu.context(req),
  });
  whenFileEnds(() => server.stop());
  const own = 'query ($of: ID!) { notes(of: $of) { text } }';
  for (const input of [
    { password },
    { email: 'a@example.com', password, extra: 1 },
    { password: { password } },
  ]) {
    const answer = await gql(reporting, { query: loginOperation, variables: { input } });
    expect(answer.errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(JSON.stringify(answer)).not.toContain(password);
  }
  expect(seen[1]).toBe('A value does not fit its type in the schema. $input.email: String! is missing.');
  expect(seen.join('\n')).not.toContain(password);
  const { errors } = await gql(reporting, { query: own, variables: { of: { its: 'own' } } });
  expect(errors[0]?.message).toMatch(/^Variable "\$of" got invalid value/);
});

test('HUFU-76 hufu.plugin MUST need no more of an Apollo Server than each of its major versions gives', async () => {
  const { serverWillStart, requestDidStart } = hufu.plugin;
  await serverWillStart({ schema: hufu.extend({ typeDefs, resolvers }) });
  expect(() => serverWillStart({ schema: buildSchema('type Query { a: Int }') })).toThrow("Hufu's types");
  const headers = new Map<string, string>();
  const { willSendResponse, didEncounterErrors } = await requestDidStart();
  await didEncounterErrors({ errors: [new Error('of another kind')] });
  await willSendResponse({ contextValue: {}, response: { http: { headers } } });
  expect(headers.size).toBe(0);
});

test('HUFU-07 a forged token MUST give a context without a user, not an error', async () => {
  const answer = await gql(url, { query: '{ greeting }', token: 'forged' });
  expect(answer.data).toEqual({ greeting: 'Hello, stranger' });
  const { data, errors } = await gql(url, { query: meOperation, token: 'forged' });
  expect(data).toEqual({ me: null });
  expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'INVALID_TOKEN' });
});
