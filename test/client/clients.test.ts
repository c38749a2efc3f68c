// A wrong password through the clients that front ends use, each as docs/clients.md sets it up: the person is shown the
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

describe('a wrong password is told as a sentence', () => {
  let node: RunningNode;
  beforeAll(async () => {
    node = await startNode();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const input = { email: randomEmail(), password: 'not the password' };

  test('by graphql-request', async () => {
    const client = new GraphQLClient(`${node.url}/graphql`);
    expect((await client.request(loginDocument, { input })).login).toEqual(wrong);
  });

  test('by urql with graphcache, which has nothing to warn of', async () => {
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

  test('with the types of gql.tada', async () => {
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

    // @ts-expect-error A refusal has no token, and the compiler knows.
    expect(login.token).toBeUndefined();
    if (login.__typename === 'LoginSuccess') {
      // The scalar has a type, and is not `unknown`.
      const expiresAt: string = login.expiresAt;
      throw new Error(`signed in until ${expiresAt}`);
    }
    const message: string = login.message;
    expect(message).toBe(wrong.message);
  });
});
