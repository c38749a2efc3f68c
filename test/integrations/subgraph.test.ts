// Hufu as a subgraph, over a real port: what a gateway gets for the queries that it sends, and nothing more.
// test/integrations/dialects.test.ts has the outage of the database, and that it is off until it is named.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { buildSchema, getIntrospectionQuery, Kind } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';

import { createSubgraph } from '../../src/graphql/subgraph.js';
import { run } from '../support/account.js';
import { readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { meOperation, register, type SignedInFields } from '../support/operations.js';
import { serviceKey } from '../support/serviceKey.js';
import { startNode } from '../support/startNode.js';
import { basic, bearer, post, send } from './harness.js';

const database = await readyDatabase();
const node = await startNode({ database, env: { INTEGRATIONS: 'subgraph' } });
const { url } = node;
const key = await serviceKey(node, 'router', ['subgraph']);
const introspector = await serviceKey(node, 'introspector', ['introspect', 'explain', 'feed', 'tickets']);

const recorded = JSON.parse(
  readFileSync(new URL('recorded/routerEntities.json', import.meta.url), 'utf8'),
) as { readonly query: string; readonly operationName: string };

const ask = (body: unknown, headers: Readonly<Record<string, string>> = bearer(key)) =>
  send(url, '/subgraph', post(body, headers));

const entities = (representations: unknown) => ask({ ...recorded, variables: { representations } });

const reference = (id: unknown, type = 'User') => ({ __typename: type, id });

let ada: SignedInFields;
let grace: SignedInFields;
let deleted: SignedInFields;
beforeAll(async () => {
  [ada, grace, deleted] = await Promise.all([register(url), register(url), register(url)]);
  await run(url, 'deleteAccount', null, deleted.token);
});

describe('a gateway', () => {
  it('MUST get a schema of Federation 2 for its composition, with public fields only', async () => {
    const { status, headers, body } = await ask({ query: 'query SubgraphIntrospectQuery{_service{sdl}}' });

    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const { sdl } = (body as { data: { _service: { sdl: string } } }).data._service;
    expect(sdl).toContain(
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"])',
    );
    expect(sdl).toContain('type User @key(fields: "id") {');
    // A composition defines the directives by itself.
    expect(sdl).not.toMatch(/directive @|_entities|_service/);
    const schema = buildSchema(sdl, { assumeValidSDL: true });
    const types = Object.values(schema.getTypeMap()).filter(({ astNode }) => astNode != null);
    expect(types.map(({ name }) => name).sort()).toEqual(['DateTime', 'User']);
    const user = schema.getType('User')?.astNode;
    const fields = user?.kind === Kind.OBJECT_TYPE_DEFINITION ? user.fields : [];
    expect(fields?.map(({ name }) => name.value)).toEqual(['id', 'createdAt']);
  });

  it('MUST get the users of its references in their order, and null for the unknown and the deleted', async () => {
    const ids = [
      grace.user.id,
      randomUUID(),
      ada.user.id,
      deleted.user.id,
      grace.user.id.toUpperCase(),
      'no id',
      '',
      `${ada.user.id}'}`,
      '\u0000',
    ];
    const { status, body } = await entities(ids.map((id) => reference(id)));

    const me = await gql<{ me: { createdAt: string } }>(url, {
      query: '{ me { createdAt } }',
      token: grace.token,
    });
    const graceNode = { id: grace.user.id, createdAt: me.data?.me.createdAt };
    const adaNode = { id: ada.user.id, createdAt: expect.any(String) as string };
    expect({ status, body }).toEqual({
      status: 200,
      body: { data: { _entities: [graceNode, null, adaNode, null, graceNode, null, null, null, null] } },
    });
    expect((await entities([])).body).toEqual({ data: { _entities: [] } });
  });

  it('MUST get a whole page of 1,000 references in one answer', async () => {
    const page = Array.from({ length: 999 }, () => reference(randomUUID()));
    const { body } = await entities([...page, reference(ada.user.id)]);
    const found = (body as { data: { _entities: readonly unknown[] } }).data._entities;
    expect([found.length, found[0], found[999]]).toMatchObject([1_000, null, { id: ada.user.id }]);
  });

  it('MUST cost one look-up for all references, and none without an id that an account can have', async () => {
    let lookUps = 0;
    const execute = createSubgraph({
      read() {
        lookUps += 1;
        return Promise.resolve([] as never);
      },
    });
    const of = async (ids: readonly string[]) => {
      await execute({ ...recorded, variables: { representations: ids.map((id) => reference(id)) } });
      return lookUps;
    };
    expect([await of(Array.from({ length: 100 }, () => randomUUID())), await of(['no id', ''])]).toEqual([
      1, 1,
    ]);
  });

  it('MUST be able to write references and fragments into the document', async () => {
    const query = `{ _entities(representations: [{ __typename: "User", id: "${ada.user.id}" }]) { __typename ...U } }
      fragment U on User { id }`;
    expect((await ask({ query })).body).toEqual({
      data: { _entities: [{ __typename: 'User', id: ada.user.id }] },
    });
  });
});

describe('bad input', () => {
  it('a key that is missing, wrong or of a user MUST be 401, and one without the scope 403', async () => {
    const query = '{ _service { sdl } }';
    for (const headers of [{}, bearer(`${key.slice(0, -4)}AAAA`), bearer(ada.token), basic('other', key)])
      expect(await ask({ query }, headers)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await ask({ query }, bearer(introspector))).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope' },
    });
    expect((await ask({ query }, basic('router', key))).status).toBe(200);
  });

  it.each([
    ['another type', [reference(randomUUID(), 'Session')]],
    ['no type', [{ id: randomUUID() }]],
    ['no id', [{ __typename: 'User' }]],
    ['a number as id', [reference(1)]],
    ['a list', [[]]],
    ['a text', ['User']],
    ['null', [null]],
    ['no list', 'secret'],
    ['nothing', undefined],
    ['1,001 references', Array.from({ length: 1_001 }, () => reference('a'))],
  ])('%s MUST be refused as a whole, without what was sent', async (_name, representations) => {
    const { status, body } = await entities(representations);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect((body as { data?: unknown }).data ?? null).toBeNull();
  });

  it('10,000 references MUST be refused before they are parsed', async () => {
    const many = (id: string) => entities(Array.from({ length: 10_000 }, () => reference(id)));
    expect((await many(randomUUID())).status).toBe(413);
    const small = `{"query":"{ a }","variables":{"representations":[${'{},'.repeat(9_999)}{}]}}`;
    expect((await ask(small)).status).toBe(400);
  });

  const aliases = Array.from({ length: 17 }, (_, n) => `a${String(n)}: sdl`).join(' ');
  const roots = Array.from({ length: 5 }, (_, n) => `a${String(n)}: _service { sdl }`).join(' ');
  it.each([
    ['introspection', getIntrospectionQuery(), 'GRAPHQL_VALIDATION_FAILED'],
    ['a type of the schema', '{ __type(name: "User") { name } }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a private field',
      '{ _entities(representations: []) { ... on User { email } } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['the API of people', meOperation, 'GRAPHQL_VALIDATION_FAILED'],
    ['aliases', `{ _service { ${aliases} } }`, 'GRAPHQL_VALIDATION_FAILED'],
    ['fields at the top', `{ ${roots} }`, 'GRAPHQL_VALIDATION_FAILED'],
    ['a long document', `{ _service { ${'sdl '.repeat(1_000)} } }`, 'GRAPHQL_PARSE_FAILED'],
    ['no GraphQL', '{', 'GRAPHQL_PARSE_FAILED'],
    ['a mutation', 'mutation { deleteAccount }', 'BAD_USER_INPUT'],
    [
      'two operations',
      'query A { _service { sdl } } query B { _service { sdl } }',
      'OPERATION_RESOLUTION_FAILURE',
    ],
  ])('%s MUST be refused', async (_name, query, code) => {
    const { status, body } = await ask({ query });
    expect(status).toBe(200);
    const [error] = (body as { errors: readonly { extensions: unknown }[] }).errors;
    expect(error).toMatchObject({ extensions: { code } });
    expect(body).not.toHaveProperty('data');
  });

  it.each([
    ['a batch', [recorded], 400],
    ['no query', { variables: {} }, 400],
    ['a list of variables', { ...recorded, variables: [] }, 400],
    ['no JSON', '{', 400],
  ])('%s MUST be 400', async (_name, body, status) => {
    expect((await ask(body)).status).toBe(status);
  });

  it('another method or type MUST be refused', async () => {
    expect((await send(url, '/subgraph?query={_service{sdl}}', { headers: bearer(key) })).status).toBe(405);
    const text = post('{}', { 'content-type': 'text/plain', ...bearer(key) });
    expect((await send(url, '/subgraph', text)).status).toBe(415);
  });
});

it('the configurations of the gateway MUST name the path and send the key to this subgraph alone', () => {
  const read = (file: string): unknown => parseYaml(readFileSync(`examples/integrations/${file}`, 'utf8'));
  expect(read('supergraph.yaml')).toMatchObject({
    subgraphs: {
      accounts: {
        routing_url: 'http://hufu:4000/subgraph',
        schema: {
          subgraph_url: 'http://hufu:4000/subgraph',
          introspection_headers: { Authorization: 'Bearer ${env.HUFU_KEY}' },
        },
      },
    },
  });
  expect(read('routerSubgraph.yaml')).toEqual({
    headers: {
      subgraphs: {
        accounts: { request: [{ insert: { name: 'authorization', value: 'Bearer ${env.HUFU_KEY}' } }] },
      },
    },
  });
});
