// Hufu in a federated graph: the gateway of examples/hosts composes Hufu's subgraph with one that authenticates by
// hufu/remote, and serves both as one graph.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage } from 'node:http';
import { pathToFileURL } from 'node:url';

import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { beforeAll, describe, expect, it } from 'vitest';

import { createRemoteHufu, type HostContext, requireUser } from '../../src/remote/index.js';
import { run } from '../support/account.js';
import { readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, register, type SignedInFields } from '../support/operations.js';
import { serviceKey } from '../support/serviceKey.js';
import { startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

const node = await startNode({
  database: await readyDatabase(),
  env: { INTEGRATIONS: 'subgraph,introspect,feed' },
});
const hufuKey = await serviceKey(node, 'gateway', ['subgraph']);
const serviceKeyOfOrders = await serviceKey(node, 'orders', ['introspect', 'explain', 'feed']);

const sdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"])
  type Query { orders: [Order!] }
  type Order { id: ID! buyer: User }
  type User @key(fields: "id", resolvable: false) { id: ID! }`;

let buyers: readonly string[] = [];
let graph = '';
/** The `authorization` headers that the subgraph of orders received. */
const presented: (string | undefined)[] = [];

async function startOrders(): Promise<string> {
  const hufu = createRemoteHufu({ url: node.url, serviceKey: serviceKeyOfOrders });
  const server = new ApolloServer<HostContext>({
    typeDefs: `
      directive @link(url: String!, import: [String!]) repeatable on SCHEMA
      directive @key(fields: String!, resolvable: Boolean) repeatable on OBJECT
      type _Service { sdl: String! }
      extend type Query { _service: _Service! }
      ${sdl}`,
    resolvers: {
      Query: {
        _service: () => ({ sdl }),
        orders(_parent: unknown, _args: unknown, context: HostContext) {
          requireUser(context);
          return buyers.map((id, order) => ({ id: String(order), buyer: { id } }));
        },
      },
    },
  });
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: '127.0.0.1' },
    context({ req }: { readonly req: IncomingMessage }) {
      presented.push(req.headers.authorization);
      return hufu.context(req);
    },
  });
  whenFileEnds(async () => {
    await server.stop();
    hufu.stop();
  });
  return url;
}

async function startGateway(ordersUrl: string): Promise<string> {
  const options = JSON.stringify({ hufuUrl: node.url, hufuKey, ordersUrl });
  const example = JSON.stringify(pathToFileURL('examples/hosts/gateway/server.ts').href);
  const program = `const { start } = await import(${example}); console.log((await start(${options}, 0)).url);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const gone = once(child, 'exit');
  whenFileEnds(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  const [line] = (await Promise.race([once(child.stdout, 'data'), gone])) as [unknown];
  return String(line).trim();
}

describe('GATEWAY-01 a federated graph of Hufu and another subgraph', () => {
  let ada: SignedInFields;
  let deleted: SignedInFields;
  const query = '{ orders { id buyer { id createdAt } } }';
  const orders = (token: string) => gql<{ orders: unknown }>(graph, { query, token });

  beforeAll(async () => {
    [ada, deleted] = await Promise.all([register(node.url), register(node.url)]);
    await run(node.url, 'deleteAccount', null, deleted.token);
    graph = await startGateway(await startOrders());
  }, 180_000);

  it('MUST resolve the users that the other subgraph refers to, and a deleted user to null', async () => {
    buyers = [ada.user.id];
    const { data, errors } = await orders(ada.token);
    expect({ data, errors }).toEqual({
      data: { orders: [{ id: '0', buyer: { id: ada.user.id, createdAt: expect.any(String) as string } }] },
      errors: [],
    });
    buyers = [deleted.user.id, ada.user.id];
    expect((await orders(ada.token)).data?.orders).toMatchObject([
      { id: '0', buyer: null },
      { id: '1', buyer: { id: ada.user.id } },
    ]);
  });

  it('MUST pass the reason on to a client that is signed out', async () => {
    const newer = await login(node.url, ada.user.email);
    expect((await orders(ada.token)).errors[0]?.extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'SUPERSEDED',
    });
    expect((await gql(graph, { query })).errors[0]?.extensions).toMatchObject({ reason: 'NO_TOKEN' });
    buyers = [ada.user.id];
    expect((await orders(newer.token)).errors).toEqual([]);
  });

  it('MUST NOT send the service key of the gateway to the other subgraph', () => {
    expect(presented).toContain(`Bearer ${ada.token}`);
    expect(presented.join()).not.toContain(hufuKey);
  });
});
