// hufu/remote against a real node: a team's server authenticates requests, guards fields and ends its streams.

import { createServer } from 'node:http';

import { makeExecutableSchema } from '@graphql-tools/schema';
import { useServer } from 'graphql-ws/use/ws';
import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';

import {
  createRemoteHufu,
  type HostContext,
  type RemoteHufu,
  requireSession,
  requireUser,
} from '../../src/remote/index.js';
import { startShop } from '../../examples/integrations/remote.js';
import { createPrices } from '../../examples/integrations/remoteStream.js';
import { gql } from '../support/gql.js';
import { listen } from '../support/listen.js';
import { login, logoutOperation, register } from '../support/operations.js';
import { serviceKey } from '../support/serviceKey.js';
import { connect, subscribe } from '../support/socket.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

let node: RunningNode;
let hufu: RemoteHufu;
const remote = (key: string) => {
  const made = createRemoteHufu({ url: node.url, serviceKey: key, log: { warn: () => undefined } });
  whenFileEnds(() => {
    made.stop();
    return Promise.resolve();
  });
  return made;
};

beforeAll(async () => {
  node = await startNode({ env: { INTEGRATIONS: 'introspect,feed' } });
  hufu = remote(await serviceKey(node, 'shop', ['introspect', 'explain', 'feed']));
});

const ask = (token: string | null, of = hufu) =>
  of.context(
    new Request('http://host/', { headers: token === null ? {} : { authorization: `Bearer ${token}` } }),
  );

describe("REMOTE-10 a request to a team's server", () => {
  it('MUST have the user and the session of its token', async () => {
    const { token, user, session } = await register(node.url);
    const context = await ask(token);
    expect(requireUser(context)).toEqual({
      id: user.id,
      email: user.email,
      emailVerified: false,
      methods: ['PASSWORD'],
    });
    expect(requireSession(context).session).toMatchObject({
      id: session.id,
      userId: user.id,
      methods: ['PASSWORD'],
      expiresAt: expect.any(Date) as Date,
    });
    expect(context.user).toBe(context.hufu.user);
    expect(Object.isFrozen(context.hufu)).toBe(true);
  });

  it('MUST be refused once its session has ended, with reason, at and by', async () => {
    const { token, user } = await register(node.url);
    expect((await ask(token)).user?.id).toBe(user.id);
    await login(node.url, user.email, { kind: 'TV', name: 'Living room' });
    const context = await ask(token);
    expect(() => requireUser(context)).toThrow(
      expect.objectContaining({
        extensions: {
          code: 'UNAUTHENTICATED',
          reason: 'SUPERSEDED',
          at: expect.any(String) as string,
          by: { kind: 'TV', name: 'Living room' },
        },
      }),
    );
  });

  it('MUST be refused without the reason if the service lacks the scope explain', async () => {
    const plain = remote(await serviceKey(node, 'plain', ['introspect']));
    const { token } = await register(node.url);
    await gql(node.url, { query: logoutOperation, token });
    const context = await ask(token, plain);
    expect(context.hufu.session).toMatchObject({
      kind: 'rejected',
      reason: 'INVALID_TOKEN',
      at: null,
      by: null,
    });
  });

  it('MUST be unavailable, not signed out, if Hufu refuses the key', async () => {
    const { token } = await register(node.url);
    const wrong = remote('hufu_0000000000000000_wrong');
    expect((await ask(token, wrong)).hufu.session).toEqual({ kind: 'unavailable' });
    await expect(wrong.ready()).rejects.toThrow(/^serviceKey: /);
    expect(await hufu.ready()).toBe(true);
  });
});

it('REMOTE-11 the server of the docs MUST guard its fields with requireUser and with @auth', async () => {
  const shop = await startShop(hufu, 0);
  whenFileEnds(shop.stop);
  const { token, user } = await register(node.url);
  const query = '{ greeting orders }';
  expect((await gql(shop.url, { query, token })).data).toEqual({
    greeting: `Hello, ${user.email}`,
    orders: ['A lantern'],
  });
  await login(node.url, user.email);
  const { errors } = await gql(shop.url, { query, token });
  expect(errors.map(({ path, extensions: { code, reason } }) => [path, code, reason])).toEqual([
    [['greeting'], 'UNAUTHENTICATED', 'SUPERSEDED'],
    [['orders'], 'UNAUTHENTICATED', 'SUPERSEDED'],
  ]);
});

it("REMOTE-12 a team's websocket MUST close with 4403 and the reason when its session ends", async () => {
  const schema = makeExecutableSchema({
    typeDefs: 'type Query { a: Int } type Subscription { ticks: Int! }',
    resolvers: {
      Subscription: {
        ticks: {
          async *subscribe(_parent: unknown, _args: unknown, context: HostContext) {
            requireUser(context);
            yield { ticks: 0 };
            await new Promise(() => undefined);
          },
        },
      },
    },
  });
  const http = createServer();
  useServer({ schema, ...hufu.ws }, new WebSocketServer({ server: http, path: '/graphql' }));
  const url = await listen(http);
  const { token, user } = await register(node.url);
  const socket = await connect(url, token);
  subscribe(socket, 'ticks', 'subscription { ticks }');
  expect((await socket.message('next')).payload).toEqual({ data: { ticks: 0 } });
  await login(node.url, user.email);
  expect(await socket.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
  // An ended session is refused from the start; without a token each resolver decides.
  expect(await (await connect(url, token)).closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
  const stranger = await connect(url);
  subscribe(stranger, 'ticks', 'subscription { ticks }');
  expect(JSON.stringify((await stranger.message('error')).payload)).toContain('NO_TOKEN');
});

it('REMOTE-13 the server-sent events of the docs MUST end when the session of their request ends', async () => {
  const followed: boolean[] = [];
  const url = await listen(
    createPrices(hufu, (response) => {
      response.write('data: 1\n\n');
      followed.push(true);
      return () => followed.push(false);
    }),
  );
  const { token } = await register(node.url);
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe('data: 1\n\n');
  await gql(node.url, { query: logoutOperation, token });
  await expect(reader?.read()).rejects.toThrow();
  await expect.poll(() => followed).toEqual([true, false]);
  expect((await fetch(url, { headers })).status).toBe(401);
});
