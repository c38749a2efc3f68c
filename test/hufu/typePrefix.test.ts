// `hufu/client` beside a server whose types have a prefix.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { isAbstractType, isObjectType, parse, validate } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';

import { prefixedCacheSettings, sessionLink } from '../../src/client/apollo.js';
import * as documents from '../../src/client/documents.js';
import {
  createSession,
  graphcacheKeys,
  type HufuSession,
  possibleTypes,
  prefixTypes,
} from '../../src/client/index.js';
import { prefixDocument } from '../../src/client/typePrefix.js';
import { type HostContext, type Hufu } from '../../src/index.js';
import { password, randomEmail } from '../support/operations.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { startHufu } from './harness.js';

const typePrefix = 'Hufu';
let hufu: Hufu;
let url: string;
let webSocketUrl: string;

beforeAll(async () => {
  hufu = await startHufu({ typePrefix });
  const { schema } = hufu;
  const api = new ApolloServer<HostContext>({ schema, plugins: [hufu.plugin] });
  ({ url } = await startStandaloneServer(api, {
    listen: { port: 0, host: '127.0.0.1' },
    context: ({ req }) => hufu.context(req),
  }));
  const http = createServer();
  const sockets = useServer({ schema, ...hufu.ws }, new WebSocketServer({ server: http }));
  await once(http.listen(0, '127.0.0.1'), 'listening');
  webSocketUrl = `ws://127.0.0.1:${String((http.address() as AddressInfo).port)}`;
  whenFileEnds(async () => {
    await sockets.dispose();
    http.close();
    await api.stop();
  });
});

describe('HUFU-72 hufu/client MUST work beside types that have a prefix', () => {
  const sessions: HufuSession[] = [];
  const open = () => {
    vi.stubGlobal('WebSocket', WebSocket);
    const session = createSession({ url, webSocketUrl, typePrefix });
    sessions.push(session);
    return session;
  };
  afterEach(() => {
    for (const session of sessions.splice(0)) session.stop();
    vi.unstubAllGlobals();
  });

  test('in every operation that it sends', () => {
    const invalid = Object.entries(documents).flatMap(([name, text]) =>
      validate(hufu.schema, parse(prefixDocument(text, typePrefix))).map(({ message }) => [name, message]),
    );
    expect(invalid).toEqual([]);
  });

  test('as it signs in, with results under the names that its types say', async () => {
    const email = randomEmail();
    expect(await open().register({ email, password })).toMatchObject({ __typename: 'RegisterSuccess' });
    const session = open();
    expect(await session.login({ email, password: 'not the password' })).toMatchObject({
      __typename: 'InvalidCredentials',
    });
    expect(await session.login({ email, password })).toMatchObject({ __typename: 'LoginSuccess' });
    await session.check();
    expect(session.getSnapshot().status).toBe('signedIn');
  });

  test('as it learns of the end over the websocket, and as it asks', async () => {
    const email = randomEmail();
    const [first, deaf] = [open(), createSession({ url, webSocketUrl: 'ws://127.0.0.1:1', typePrefix })];
    sessions.push(deaf);
    await first.register({ email, password });
    await deaf.login({ email, password });
    await expect.poll(() => first.getSnapshot()).toMatchObject({ ended: { reason: 'SUPERSEDED' } });
    await open().login({ email, password });
    await deaf.check();
    expect(deaf.getSnapshot()).toMatchObject({ ended: { reason: 'SUPERSEDED' } });
  });

  test('in the caches of Apollo Client and of urql', async () => {
    const types = Object.values(hufu.schema.getTypeMap());
    const abstract = types.filter(isAbstractType).map(
      (type) =>
        [
          type.name,
          hufu.schema
            .getPossibleTypes(type)
            .map(({ name }) => name)
            .sort(),
        ] as const,
    );
    expect(prefixTypes(possibleTypes, typePrefix)).toEqual(Object.fromEntries(abstract));
    const objects = new Set(types.filter(isObjectType).map(({ name }) => name));
    const keys = Object.keys(prefixTypes(graphcacheKeys, typePrefix));
    expect(keys.filter((name) => !objects.has(name))).toEqual([]);

    const cache = new InMemoryCache(prefixedCacheSettings(typePrefix));
    const client = new ApolloClient({ link: sessionLink(open()), cache });
    const { data } = await client.mutate({
      mutation: gql`
        mutation ($input: HufuLoginInput!) {
          login(input: $input) {
            ... on HufuProblem {
              message
            }
          }
        }
      `,
      variables: { input: { email: randomEmail(), password } },
    });
    expect(data).toEqual({
      login: { __typename: 'HufuInvalidCredentials', message: expect.any(String) as string },
    });
  });
});
