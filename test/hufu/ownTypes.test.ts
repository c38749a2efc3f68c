// A team's own types in one schema with Hufu's: names that both define, a prefix, and the directive @auth.

import { ApolloServer, type BaseContext } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { type GraphQLSchema, parse, print } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';

import { type HostContext, type Hufu, requireUser } from '../../src/index.js';
import { createTestClock } from '../support/clock.js';
import { type TestDatabase, readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { password, register } from '../support/operations.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { startHufu } from './harness.js';

let database: TestDatabase;
let hufu: Hufu;
beforeAll(async () => {
  database = await readyDatabase();
  hufu = await startHufu({}, database);
});

/** Serves a schema with Apollo's standalone server, and gives its URL. */
async function serve(schema: GraphQLSchema, of: Hufu): Promise<string> {
  const server = new ApolloServer<HostContext>({ schema, plugins: [of.plugin] });
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: '127.0.0.1' },
    context: ({ req }) => of.context(req),
  });
  whenFileEnds(() => server.stop());
  return url;
}

describe('HUFU-20 a name that both schemas define MUST be refused by name', () => {
  const clashes = [
    ['a type', 'type Session { room: String! }', 'Session'],
    ['a type with the same fields', 'type Device { kind: DeviceKind! }', 'Device'],
    ['a scalar', 'scalar DateTime', 'DateTime'],
    ['an input', 'input LoginInput { name: String }', 'LoginInput'],
    ['a root field', 'extend type Query { me: User }', 'Query.me'],
    ['a field', 'extend type User { email: String! }', 'User.email'],
    ['a field of an input', 'extend input LoginInput { email: String! }', 'LoginInput.email'],
    ['a field of an interface', 'extend interface Problem { message: String! }', 'Problem.message'],
    ['a value of an enum', 'extend enum DeviceKind { DESKTOP }', 'DeviceKind.DESKTOP'],
    [
      'several',
      'enum ErrorCode { A }\nextend type Mutation { logout: LogoutPayload! }',
      'ErrorCode, Mutation.logout',
    ],
  ] as const;

  test.each(clashes)(
    '%s, by hufu.extend and when an Apollo Server starts',
    async (_what, typeDefs, names) => {
      const refusal = `The schema defines what Hufu defines: ${names}. Rename it`;
      expect(() => hufu.extend({ typeDefs })).toThrow(refusal);
      expect(() => hufu.extend({ typeDefs: [parse(typeDefs)] })).toThrow(refusal);

      const merged = [hufu.typeDefs, 'type Own { id: ID! }', typeDefs];
      let server: ApolloServer;
      try {
        server = new ApolloServer<BaseContext>({
          typeDefs: merged,
          resolvers: [hufu.resolvers],
          plugins: [hufu.plugin],
        });
      } catch (error) {
        // Where the fields differ in type, the tool that merges refuses it by itself.
        expect(String(error)).toMatch(/Unable to merge|already defined/);
        return;
      }
      await expect(server.start()).rejects.toThrow(refusal);
    },
  );

  test("but a team's own types and fields MUST be accepted", () => {
    const typeDefs =
      'extend type User { nick: String } extend type Query { rooms: [Room!] } type Room { id: ID! }';
    expect(() => hufu.extend({ typeDefs })).not.toThrow();
  });

  test("also in one text that holds Hufu's types and the team's", async () => {
    const start = (typeDefs: string) =>
      new ApolloServer<BaseContext>({
        typeDefs: [`${hufu.typeDefs}\n${typeDefs}`],
        resolvers: [hufu.resolvers],
        plugins: [hufu.plugin],
      });
    const server = start('extend type User { nick: String }');
    await server.start();
    await server.stop();
    await expect(start('scalar DateTime').start()).rejects.toThrow('what Hufu defines: DateTime. ');
  });

  test('and a text that has merged both MUST be refused, since nothing tells whose a field is', async () => {
    const typeDefs = `${print(parse(hufu.typeDefs))}\nextend type User { nick: String }`;
    const server = new ApolloServer<BaseContext>({
      typeDefs,
      resolvers: [hufu.resolvers],
      plugins: [hufu.plugin],
    });
    await expect(server.start()).rejects.toThrow('Give hufu.typeDefs to the server as it is');
  });

  test("and a schema without Hufu's types MUST be refused", async () => {
    const server = new ApolloServer({ typeDefs: 'type Query { a: Int }', plugins: [hufu.plugin] });
    await expect(server.start()).rejects.toThrow(/^The schema lacks Hufu's types: /);
  });
});

test('HUFU-21 typePrefix MUST leave every type name to the team', async () => {
  const prefixed = await startHufu({ typePrefix: 'Hufu' }, database);
  const typeDefs = `
    type User { nick: String! }
    type Session { room: String! }
    scalar DateTime
    extend type HufuUser { nick: String! }
    extend type Query { user: User!  room: Session! }
  `;
  const resolvers = {
    Query: { user: () => ({ nick: 'N' }), room: () => ({ room: 'R' }) },
    HufuUser: { nick: ({ email }: { email: string }) => email.slice(0, 1) },
  };
  const url = await serve(prefixed.extend({ typeDefs, resolvers }), prefixed);
  const query = `mutation ($input: HufuRegisterInput!) { register(input: $input) { __typename
    ... on HufuRegisterSuccess { user { __typename nick createdAt } session { current } } } }`;
  const { data, errors } = await gql(url, {
    query,
    variables: { input: { email: 'ann@example.com', password } },
  });
  expect(errors).toEqual([]);
  expect(data).toEqual({
    register: {
      __typename: 'HufuRegisterSuccess',
      user: { __typename: 'HufuUser', nick: 'a', createdAt: expect.any(String) as string },
      session: { current: true },
    },
  });
  const wrong = { input: { email: 'ann@example.com', password: 'wrong horse battery' } };
  const login =
    'mutation ($input: HufuLoginInput!) { login(input: $input) { ... on HufuProblem { __typename message } } }';
  expect((await gql<{ login: object }>(url, { query: login, variables: wrong })).data?.login).toMatchObject({
    __typename: 'HufuInvalidCredentials',
  });
  expect((await gql(url, { query: '{ user { nick } room { room } session { __typename } }' })).data).toEqual({
    user: { nick: 'N' },
    room: { room: 'R' },
    session: { __typename: 'HufuSignedOut' },
  });
});

describe('HUFU-22 @auth MUST demand a signed-in user', () => {
  const typeDefs = [
    `extend type Query { open: String!  closed: String! @auth  fresh: String! @auth(freshWithinSeconds: 60)  box: Box! }
     type Box @auth { label: String! }`,
  ];
  const resolvers = {
    Query: { open: () => 'o', closed: () => 'c', fresh: () => 'f', box: () => ({ label: 'b' }) },
  };
  const clock = createTestClock(new Date());
  let url: string;
  beforeAll(async () => {
    const own = await startHufu({ clock }, database);
    url = await serve(own.extend({ typeDefs: [own.auth.typeDefs, ...typeDefs], resolvers }), own);
  });

  const codeOf = async (query: string, token?: string) => {
    const { data, errors } = await gql(url, { query, ...(token === undefined ? {} : { token }) });
    return errors.length > 0 ? errors[0]?.extensions.code : data;
  };

  test('on a field, and on each field of a type', async () => {
    const { token } = await register(url);
    expect(await codeOf('{ open }')).toEqual({ open: 'o' });
    for (const query of ['{ closed }', '{ box { label } }', '{ fresh }'])
      expect(await codeOf(query)).toBe('UNAUTHENTICATED');
    expect(await codeOf('{ closed box { label } fresh }', token)).toEqual({
      closed: 'c',
      box: { label: 'b' },
      fresh: 'f',
    });
  });

  test('or the server MUST refuse to start with a schema that was not transformed', async () => {
    const typeDefs = [hufu.typeDefs, hufu.auth.typeDefs, 'extend type Query { closed: String! @auth }'];
    const server = (schema: GraphQLSchema) =>
      new ApolloServer<BaseContext>({ schema, plugins: [hufu.plugin] });
    const schema = makeExecutableSchema({ typeDefs, resolvers: hufu.resolvers });
    await expect(server(schema).start()).rejects.toThrow(
      '@auth on Query.closed guards nothing: serve the schema that hufu.auth.transformer() gives.',
    );
    const held = server(hufu.auth.transformer(schema));
    await held.start();
    await held.stop();
    // A team may define a directive with this name itself.
    const own = 'directive @auth(role: String) on FIELD_DEFINITION\nextend type Query { a: Int @auth }';
    expect(() => hufu.extend({ typeDefs: own })).not.toThrow();
  });

  test('and be refused with freshWithinSeconds below 1, which no user could meet', () => {
    for (const seconds of [0, -1]) {
      const field = `extend type Query { closed: Int @auth(freshWithinSeconds: ${String(seconds)}) }`;
      expect(() => hufu.extend({ typeDefs: [hufu.auth.typeDefs, field] })).toThrow(
        '@auth on Query.closed: freshWithinSeconds must be at least 1.',
      );
    }
  });

  test('and be refused on a field of an interface, which has no resolver', () => {
    const named = [hufu.auth.typeDefs, 'interface Named { name: String! @auth }'];
    expect(() => hufu.extend({ typeDefs: named })).toThrow('@auth on Named.name guards nothing');
  });

  test('who confirmed the identity within freshWithinSeconds', async () => {
    const { token } = await register(url);
    clock.turn(61_000);
    expect(await codeOf('{ closed }', token)).toEqual({ closed: 'c' });
    expect(await codeOf('{ fresh }', token)).toBe('STEP_UP_REQUIRED');
  });
});

test('HUFU-23 a guard MUST throw when the context is not from this copy of Hufu', () => {
  // A context that a team has copied together.
  expect(() => requireUser({ hufu: { session: { kind: 'active' } } } as never)).toThrow(
    'The context has no `hufu` of this copy of the package.',
  );
});
