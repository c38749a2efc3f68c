// Hufu as a subgraph of a federated graph, over a real port, with the queries that a gateway sends.
// test/integrations/protocols.test.ts tests that it is off by default, and an outage of the database.

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
  it('MUST get a Federation 2 schema with public fields only', async () => {
    const { status, headers, body } = await ask({ query: 'query SubgraphIntrospectQuery{_service{sdl}}' });

    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const { sdl } = (body as { data: { _service: { sdl: string } } }).data._service;
    expect(sdl).toContain(
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"])',
    );
    expect(sdl).toContain('type User @key(fields: "id") {');
    // The composition defines the directives itself.
    expect(sdl).not.toMatch(/directive @|_entities|_service/);
    const schema = buildSchema(sdl, { assumeValidSDL: true });
    const types = Object.values(schema.getTypeMap()).filter(({ astNode }) => astNode != null);
    expect(types.map(({ name }) => name).sort()).toEqual(['DateTime', 'User']);
    const user = schema.getType('User')?.astNode;
    const fields = user?.kind === Kind.OBJECT_TYPE_DEFINITION ? user.fields : [];
    expect(fields?.map(({ name }) => name.value)).toEqual(['id', 'createdAt']);
  });

  it('MUST get the users in the order of its references, and null for unknown and deleted ones', async () => {
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

  it('MUST get 1,000 references in one answer', async () => {
    const page = Array.from({ length: 999 }, () => reference(randomUUID()));
    const { body } = await entities([...page, reference(ada.user.id)]);
    const found = (body as { data: { _entities: readonly unknown[] } }).data._entities;
    expect([found.length, found[0], found[999]]).toMatchObject([1_000, null, { id: ada.user.id }]);
  });

  it('MUST cause one look-up for all references, and none if no reference is a uuid', async () => {
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

  it('MUST be served references and fragments that are written into the document', async () => {
    const query = `{ _entities(representations: [{ __typename: "User", id: "${ada.user.id}" }]) { __typename ...U } }
      fragment U on User { id }`;
    expect((await ask({ query })).body).toEqual({
      data: { _entities: [{ __typename: 'User', id: ada.user.id }] },
    });
  });
});

describe('the subgraph', () => {
  it("MUST refuse a missing or wrong key and a user's token with 401, and a service without the scope with 403", async () => {
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
    ['one of another type', [reference(randomUUID(), 'Session')]],
    ['one without a type', [{ id: randomUUID() }]],
    ['one without an id', [{ __typename: 'User' }]],
    ['a number as id', [reference(1)]],
    ['a list', [[]]],
    ['a text', ['User']],
    ['null', [null]],
    ['a text instead of the list', 'secret'],
    ['no list', undefined],
    ['1,001 references', Array.from({ length: 1_001 }, () => reference('a'))],
  ])('MUST refuse all references with %s among them, and repeat none', async (_name, representations) => {
    const { status, body } = await entities(representations);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect((body as { data?: unknown }).data ?? null).toBeNull();
  });

  it('MUST refuse 10,000 references before it parses them', async () => {
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
    ['a field of the API of users', meOperation, 'GRAPHQL_VALIDATION_FAILED'],
    ['many aliases', `{ _service { ${aliases} } }`, 'GRAPHQL_VALIDATION_FAILED'],
    ['many root fields', `{ ${roots} }`, 'GRAPHQL_VALIDATION_FAILED'],
    ['a long document', `{ _service { ${'sdl '.repeat(1_000)} } }`, 'GRAPHQL_PARSE_FAILED'],
    ['a document that is not GraphQL', '{', 'GRAPHQL_PARSE_FAILED'],
    ['a mutation', 'mutation { deleteAccount }', 'BAD_USER_INPUT'],
    [
      'two operations',
      'query A { _service { sdl } } query B { _service { sdl } }',
      'OPERATION_RESOLUTION_FAILURE',
    ],
  ])('MUST refuse %s', async (_name, query, code) => {
    const { status, body } = await ask({ query });
    expect(status).toBe(200);
    const [error] = (body as { errors: readonly { extensions: unknown }[] }).errors;
    expect(error).toMatchObject({ extensions: { code } });
    expect(body).not.toHaveProperty('data');
  });

  it.each([
    ['a batch', [recorded], 400],
    ['a body without a query', { variables: {} }, 400],
    ['a list of variables', { ...recorded, variables: [] }, 400],
    ['invalid JSON', '{', 400],
  ])('MUST answer %s with 400', async (_name, body, status) => {
    expect((await ask(body)).status).toBe(status);
  });

  it('MUST refuse another method and another content type', async () => {
    expect((await send(url, '/subgraph?query={_service{sdl}}', { headers: bearer(key) })).status).toBe(405);
    const text = post('{}', { 'content-type': 'text/plain', ...bearer(key) });
    expect((await send(url, '/subgraph', text)).status).toBe(415);
  });
});

it('the examples for a gateway MUST name the path, and send the key to this subgraph only', () => {
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
