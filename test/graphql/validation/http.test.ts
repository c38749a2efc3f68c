// The limits of documents over HTTP.

import { createHash } from 'node:crypto';

import { pino } from 'pino';
import { describe, expect, it, test } from 'vitest';

import { type Log } from '../../../src/observability/log.js';
import { gql } from '../../support/gql.js';
import { type RunningNode, startNode } from '../../support/startNode.js';

const node = await startNode();
const small = await startNode({ env: { QUERY_MAX_DEPTH: '2', QUERY_MAX_TOKENS: '100' } });

test('LIMITS-01 a node MUST refuse a document beyond a limit with a code and the limit', async () => {
  const chain = 'supersededBy { '.repeat(200) + 'id' + ' }'.repeat(200);
  const answer = await gql(node.url, { query: `{ me { sessions { ${chain} } } }` });
  expect(answer.data).toBeNull();
  expect(answer.errors).toEqual([
    {
      message: 'The document nests fields too deeply: 12 levels are allowed.',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    },
  ]);
});

test('LIMITS-02 the parser MUST refuse a document of too many tokens and name the limit', async () => {
  const answer = await gql(node.url, { query: `{ ${'a '.repeat(2_000)} }` });
  expect(answer.errors).toMatchObject([
    {
      message: 'The document is too long: 2000 tokens are allowed.',
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    },
  ]);
});

test('LIMITS-03 the settings MUST change the limits', async () => {
  const deep = '{ session { ... on Session { device { kind } } } }';
  expect((await gql(node.url, { query: deep })).errors).toEqual([]);
  const refused = await gql(small.url, { query: deep });
  expect(refused.errors[0]?.message).toBe('The document nests fields too deeply: 2 levels are allowed.');
  const long = await gql(small.url, { query: `{ ${'a '.repeat(100)} }` });
  expect(long.errors[0]?.message).toBe('The document is too long: 100 tokens are allowed.');
});

describe('LIMITS-05 a condition at the top of a subscription', () => {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }) as Log;

  it.each([
    'subscription B($a: Boolean!) { sessionEnded @include(if: $a) { reason } }',
    'subscription B($a: Boolean!) { sessionEnded @skip(if: $a) { reason } }',
    'subscription B { sessionEnded @skip(if: true) { reason } }',
    'subscription B($a: Boolean!) { ... @include(if: $a) { sessionEnded { reason } } }',
    'subscription B($a: Boolean!) { ...F @include(if: $a) } fragment F on Subscription { sessionEnded { reason } }',
    'subscription B($a: Boolean!) { ...F } fragment F on Subscription { ... { sessionEnded @skip(if: $a) { reason } } }',
    'subscription B($a: Boolean!) { ...F } fragment F on Subscription { ...F sessionEnded @skip(if: $a) { reason } }',
  ])('MUST be refused, and the log MUST NOT contain the document: %s', async (subscription) => {
    const { url } = await logged();
    const login =
      'mutation A { login(input: { email: "ann@example.com", password: "hunter2hunter2" }) { __typename } }';
    const answer = await gql(url, {
      query: `${login} ${subscription}`,
      operationName: 'A',
      variables: { a: true },
    });
    expect(answer.status).toBe(200);
    expect(answer.errors.map(({ extensions }) => extensions)).toEqual([
      { code: 'GRAPHQL_VALIDATION_FAILED' },
    ]);
    expect(answer.errors[0]?.message).toContain('without a condition');
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).not.toContain('"level":50');
  });

  let node: Promise<RunningNode> | undefined;
  const logged = () => (node ??= startNode({ log }));
});

test('LIMITS-04 a node MUST execute only the named operation of a document with several', async () => {
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

describe('LIMITS-06 a document with unused or circular fragments', () => {
  const circle = '{ me { ...F } } fragment F on User { id ...G } fragment G on User { id ...F }';
  const unused = '{ __typename } fragment F on User { id }';
  const persisted = (query: string) => ({
    persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
  });
  const ways = [
    ['POST', (query: string) => post({ query })],
    ['POST with its hash', (query: string) => post({ query, extensions: persisted(query) })],
    ['GET', (query: string) => get({ query })],
    ['GET with its hash', (query: string) => get({ query, extensions: JSON.stringify(persisted(query)) })],
  ] as const;

  it.each(ways)('MUST be refused by %s, with 400', async (_way, ask) => {
    for (const [query, message] of [
      [circle, 'A fragment of the document spreads itself, directly or through others.'],
      [unused, 'The document defines a fragment that no operation uses.'],
    ] as const) {
      const response = await ask(query);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        errors: [{ message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
      });
    }
  });
});

test('LIMITS-07 a node MUST refuse JSON that nests too deeply before it parses it', async () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const shallow = `${'['.repeat(100)}${']'.repeat(100)}`;
  const answers = [
    await post(`{"query":"{ __typename }","variables":{"a":${deep}}}`),
    await post(`{"query":"{ __typename }","extensions":{"a":${deep}}}`),
    await get({ query: '{ __typename }', variables: `{"a":${shallow}}` }),
    await get({ query: '{ __typename }', extensions: `{"a":${shallow}}` }),
  ];
  for (const answer of answers) {
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      errors: [
        { message: expect.stringContaining('nests too deeply, or has too many parts: 64 levels') as unknown },
      ],
    });
  }
});

function post(body: string | object): Promise<Response> {
  return fetch(`${node.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

function get(parameters: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(`${node.url}/graphql?${new URLSearchParams(parameters).toString()}`, {
    headers: { 'apollo-require-preflight': '1', accept: 'application/graphql-response+json' },
  });
}
