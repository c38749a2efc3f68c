// The limits as a client meets them over HTTP.

import { expect, test } from 'vitest';

import { gql } from '../../support/gql.js';
import { startNode } from '../../support/startNode.js';

const node = await startNode();
const small = await startNode({ env: { QUERY_MAX_DEPTH: '2', QUERY_MAX_TOKENS: '100' } });

test('LIMITS-01 a document beyond a limit MUST be refused with a code and a text of our own', async () => {
  const chain = 'supersededBy { '.repeat(200) + 'id' + ' }'.repeat(200);
  const answer = await gql(node.url, { query: `{ me { sessions { ${chain} } } }` });
  expect(answer.data).toBeNull();
  expect(answer.errors).toEqual([
    {
      message: 'The document nests fields too deeply: 12 levels are the most.',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    },
  ]);
});

test('LIMITS-02 a document of too many tokens MUST be refused by the parser, in words', async () => {
  const answer = await gql(node.url, { query: `{ ${'a '.repeat(2_000)} }` });
  expect(answer.errors).toMatchObject([
    {
      message: 'The document is too long: 2000 tokens are the most.',
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    },
  ]);
});

test('LIMITS-03 the limits are settings', async () => {
  const deep = '{ session { ... on Session { device { kind } } } }';
  expect((await gql(node.url, { query: deep })).errors).toEqual([]);
  const refused = await gql(small.url, { query: deep });
  expect(refused.errors[0]?.message).toBe('The document nests fields too deeply: 2 levels are the most.');
  const long = await gql(small.url, { query: `{ ${'a '.repeat(100)} }` });
  expect(long.errors[0]?.message).toBe('The document is too long: 100 tokens are the most.');
});

test('LIMITS-04 of several operations in a document, one is executed', async () => {
  const query = 'query A { session { __typename } } query B { me { id } }';
  const unnamed = await gql(node.url, { query });
  expect(unnamed.data).toBeNull();
  expect(unnamed.errors[0]?.extensions.code).toBe('OPERATION_RESOLUTION_FAILURE');
  const response = await fetch(`${node.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, operationName: 'A' }),
  });
  expect(await response.json()).toEqual({ data: { session: { __typename: 'SignedOut' } } });
});
