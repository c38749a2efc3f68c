// A wrong password through the GraphQL clients that front ends use, each set up as docs/clients.md says: the user sees the
// server's own sentence.

import { cacheExchange } from '@urql/exchange-graphcache';
import { Client, fetchExchange } from '@urql/core';
import { initGraphQLTada } from 'gql.tada';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { GraphQLClient } from 'graphql-request';
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

import { graphcacheKeys } from '../../src/client/index.js';
import { randomEmail } from '../support/operations.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import type { introspection } from '../../examples/client/generated/introspection.js';
import { loginDocument } from '../../examples/client/operations.js';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const wrong = {
  __typename: 'InvalidCredentials',
  message: 'The e-mail address or the password is not right.',
};

describe('a front end gets the sentence for a wrong password', () => {
  let node: RunningNode;
  beforeAll(async () => {
    node = await startNode();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const input = { email: randomEmail(), password: 'not the password' };

  test('from graphql-request', async () => {
    const client = new GraphQLClient(`${node.url}/graphql`);
    expect((await client.request(loginDocument, { input })).login).toEqual(wrong);
  });

  test('from urql with graphcache, which prints no warning', async () => {
    const warn = vi.spyOn(console, 'warn');
    const client = new Client({
      url: `${node.url}/graphql`,
      preferGetMethod: false,
      exchanges: [
        cacheExchange({
          schema: introspectionFromSchema(schema),
          keys: graphcacheKeys,
        }),
        fetchExchange,
      ],
    });
    const { data, error } = await client.mutation(loginDocument, { input }).toPromise();

    expect(error).toBeUndefined();
    expect(data?.login).toEqual(wrong);
    expect(warn).not.toHaveBeenCalled();
  });

  test('from a document that gql.tada types', async () => {
    const graphql = initGraphQLTada<{ introspection: introspection; scalars: { DateTime: string } }>();
    const document = graphql(`
      mutation Login($input: LoginInput!) {
        login(input: $input) {
          __typename
          ... on LoginSuccess {
            token
            expiresAt
          }
          ... on Problem {
            message
          }
        }
      }
    `);
    const { login } = await new GraphQLClient(`${node.url}/graphql`).request(document, { input });

    // @ts-expect-error A refusal has no token.
    expect(login.token).toBeUndefined();
    if (login.__typename === 'LoginSuccess') {
      // Without the type of the scalar this would be `unknown`.
      const expiresAt: string = login.expiresAt;
      throw new Error(`signed in until ${expiresAt}`);
    }
    const message: string = login.message;
    expect(message).toBe(wrong.message);
  });
});
