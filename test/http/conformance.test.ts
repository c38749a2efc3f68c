// GraphQL over HTTP: the audits that the authors of the draft publish, and the statuses where Hufu differs from Apollo Server.

import { serverAudits } from 'graphql-http';
import { describe, expect, test } from 'vitest';

import { gql } from '../support/gql.js';
import { meOperation, register, sessionOperation } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

/** Audits that query the schema, and so need introspection. */
const introspective = new Set(['28B9', '2EA1']);

/** Audits with a GET that a page of any origin can cause. They pass for a request with the header against CSRF. */
const unsolicited = ['5A70', '6A70', 'D6D5'];

const nodes = [
  ['development', await startNode(), new Set<string>()],
  ['production', await startNode({ env: { NODE_ENV: 'production', LOG_LEVEL: 'error' } }), introspective],
] as const;

const levelOf = (name: string) => name.slice(0, name.indexOf(' '));

describe.each(nodes)('CONFORM-01 in %s', (_kind, { url }, without) => {
  const audits = serverAudits({ url: `${url}/graphql` }).filter(({ id }) => !without.has(id));
  const binding = audits.filter(({ name }) => levelOf(name) !== 'MAY');

  test.each(binding.map((audit) => [audit.id, audit.name, audit] as const))(
    '%s: %s',
    async (id, name, audit) => {
      expect(await audit.fn()).toEqual({ id, name, status: 'ok' });
    },
  );

  test('every MAY passes, except for requests that a page of another origin can cause', async () => {
    const failed: string[] = [];
    for (const audit of audits.filter(({ name }) => levelOf(name) === 'MAY')) {
      if ((await audit.fn()).status !== 'ok') failed.push(audit.id);
    }
    expect(failed.toSorted()).toEqual(unsolicited);
  });
});

test('CONFORM-02 these audits MUST pass for a request that needs a preflight', async () => {
  const [[, { url }]] = nodes;
  const fetchFn: typeof fetch = (input, init) =>
    fetch(input, {
      ...init,
      headers: [...new Headers(init?.headers), ['apollo-require-preflight', '1'] as const],
    });
  const audits = serverAudits({ url: `${url}/graphql`, fetchFn });
  for (const id of unsolicited) {
    const audit = audits.find((one) => one.id === id);
    expect(await audit?.fn()).toMatchObject({ id, status: 'ok' });
  }
});

test('CONFORM-03 a request that a page of another origin can send without a preflight MUST NOT be executed', async () => {
  const [[, { url }]] = nodes;
  const { token } = await register(url);
  const authorization = `Bearer ${token}`;
  const query = encodeURIComponent(sessionOperation);
  const body = JSON.stringify({ query: 'mutation { logout { session { id } } }' });
  for (const [status, search, init] of [
    [400, `?query=${query}`, {}],
    [400, `?query=${query}`, { headers: { authorization } }],
    [400, `?query=${query}`, { headers: { 'apollo-require-preflight': '' } }],
    [415, '', { method: 'POST', body }],
    [415, '', { method: 'POST', body, headers: { 'content-type': 'text/plain', authorization } }],
    [415, '', { method: 'POST', body: new URLSearchParams({ query: body }), headers: { authorization } }],
  ] as const) {
    const response = await fetch(`${url}/graphql${search}`, init);
    expect([response.status, Object.keys((await response.json()) as object)]).toEqual([status, ['errors']]);
  }
  expect((await gql(url, { query: meOperation, token })).errors).toEqual([]);
});

describe('CONFORM-04 the status of an operation that cannot be executed', () => {
  const [[, { url }]] = nodes;
  const json = 'application/json';
  const response = 'application/graphql-response+json';
  const ask = async (accept: string, body: object) => {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': json, accept },
      body: JSON.stringify(body),
    });
    const { errors } = (await answer.json()) as { errors: { extensions: { code: string } }[] };
    return [answer.headers.get('content-type'), answer.status, errors[0]?.extensions.code];
  };
  const typeOf = (type: string) => `${type}; charset=utf-8`;

  test.each([
    ['GRAPHQL_PARSE_FAILED', { query: '{' }],
    ['GRAPHQL_VALIDATION_FAILED', { query: '{ nothing }' }],
    ['GRAPHQL_VALIDATION_FAILED', { query: `{ ${'me { id } '.repeat(65)} }` }],
    ['OPERATION_RESOLUTION_FAILURE', { query: '{ me { id } }', operationName: 'Other' }],
    [
      'BAD_USER_INPUT',
      { query: 'query ($if: Boolean!) { me { id @skip(if: $if) } }', variables: { if: [] } },
    ],
  ])('MUST depend on the media type of the response: %s', async (code, body) => {
    expect(await ask(json, body)).toEqual([typeOf(json), 200, code]);
    expect(await ask(`${response}, ${json};q=0.9`, body)).toEqual([typeOf(response), 400, code]);
    expect(await ask(`${json}, ${response};q=0.9`, body)).toEqual([typeOf(json), 200, code]);
  });

  test.each([
    ['no document', { variables: {} }],
    ['a hash of another document', { query: '{ me { id } }', extensions: persisted('0'.repeat(64)) }],
    ['a persisted query of another version', { extensions: { persistedQuery: { version: 9 } } }],
  ])('MUST be 400 for a request that is no GraphQL request: %s', async (_what, body) => {
    for (const type of [json, response])
      expect((await ask(type, body)).slice(0, 2)).toEqual([typeOf(type), 400]);
  });

  test('MUST be 405 for a mutation by GET', async () => {
    const answer = await fetch(
      `${url}/graphql?query=${encodeURIComponent('mutation { logout { session { id } } }')}`,
      {
        headers: { 'apollo-require-preflight': '1' },
      },
    );
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toMatch(/POST/);
  });
});

function persisted(sha256Hash: string): object {
  return { persistedQuery: { version: 1, sha256Hash } };
}
