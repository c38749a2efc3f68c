// The README's code for Apollo Client 4, against a node: a device is told at once, told again when it asks, and told
// when it comes back with the same token. News of a token that it has replaced is not for it.

import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';

import { gql } from '../support/gql.js';
import {
  laptop,
  login,
  loginOperation,
  password,
  phone,
  register,
  type SignedInFields,
} from '../support/operations.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { createApollo, type Holder, sentenceFor, watchSession } from '../../examples/client/apollo.js';
import {
  changePasswordDocument,
  endOtherSessionsDocument,
  loginDocument,
  meDocument,
} from '../../examples/client/operations.js';

const superseded = 'You were signed out because you signed in on another device: Work laptop.';
const newPassword = 'four boats in the fog';

/** A gate that holds back what waits for it until it is opened. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe('an Apollo client', () => {
  let node: RunningNode;
  const clients: { stop(): void }[] = [];

  beforeAll(async () => {
    node = await startNode();
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.stop();
    vi.unstubAllGlobals();
  });

  const holding = ({ token, session }: SignedInFields): Holder => ({
    held: { token, sessionId: session.id },
  });

  const apollo = (holder: Holder) => {
    const said: string[] = [];
    const say = (sentence: string) => said.push(sentence);
    const client = createApollo(`${node.url}/graphql`, holder, say);
    clients.push(client);
    const watch = () => {
      const watching = watchSession(client, holder, say);
      clients.push({ stop: watching.unsubscribe });
      return watching;
    };
    return { client, said, watch };
  };

  test('shows why its session is over, at once, on its next request, and when it comes back', async () => {
    vi.stubGlobal('WebSocket', WebSocket);
    const ann = await register(node.url, { device: phone });
    const { client, said, watch } = apollo(holding(ann));
    expect((await client.query({ query: meDocument })).data?.me?.id).toBe(ann.user.id);
    const watching = watch();
    // The socket opens behind the call; an end that comes before it is there is told when it is.
    await login(node.url, ann.user.email, laptop);
    await vi.waitFor(() => {
      expect(said).toEqual([superseded]);
    }, 10_000);

    await client.mutate({ mutation: endOtherSessionsDocument }).catch(() => undefined);
    await vi.waitFor(() => {
      expect(said).toEqual([superseded, superseded]);
    }, 10_000);
    watching.unsubscribe();

    watch();
    await vi.waitFor(() => {
      expect(said).toEqual([superseded, superseded, superseded]);
    }, 10_000);
  });

  test('shows what is wrong with a password, and takes up the token of a right one', async () => {
    const ann = await register(node.url);
    const holder: Holder = { held: null };
    const { client } = apollo(holder);
    const logIn = (typed: string) =>
      client.mutate({
        mutation: loginDocument,
        variables: { input: { email: ann.user.email, password: typed } },
      });

    expect((await logIn('not the password')).data?.login).toEqual({
      __typename: 'InvalidCredentials',
      message: 'The e-mail address or the password is not right.',
    });
    expect(holder.held).toBeNull();
    const { data } = await logIn(password);
    if (data?.login.__typename !== 'LoginSuccess') throw new Error(data?.login.__typename);
    expect(holder.held).toEqual({ token: data.login.token, sessionId: data.login.session.id });
    expect((await client.query({ query: meDocument })).data?.me?.id).toBe(ann.user.id);
  });

  test.each(['before', 'after'] as const)(
    'stays signed in when the news of its old token comes %s the answer that has the new one',
    async (order) => {
      const news = gate();
      const answer = gate();
      const began = gate();
      let acknowledged = 0;
      let isHeldBack = false;
      /** Holds back the news, where the answer is to come first. */
      class Socket extends WebSocket {
        override emit(event: string | symbol, ...rest: unknown[]): boolean {
          const text = event === 'message' ? String(rest[0]) : '';
          if (text.includes('connection_ack')) {
            acknowledged += 1;
            isHeldBack = false;
            began.open();
          }
          const isNews = text.includes('PASSWORD_CHANGED');
          if (isNews) news.open();
          isHeldBack ||= isNews && order === 'after';
          if (!isHeldBack) return super.emit(event, ...rest);
          void answer.opened.then(() => super.emit(event, ...rest));
          return true;
        }
      }
      const ann = await register(node.url);
      vi.stubGlobal('WebSocket', Socket);
      const { fetch } = globalThis;
      vi.stubGlobal('fetch', async (...parameters: Parameters<typeof fetch>) => {
        const response = await fetch(...parameters);
        // The news is on its way to the page when the answer is let through.
        await news.opened;
        return response;
      });

      const holder = holding(ann);
      const { client, said, watch } = apollo(holder);
      watch();
      await began.opened;
      const input = { currentPassword: password, newPassword };
      const { data } = await client.mutate({ mutation: changePasswordDocument, variables: { input } });
      answer.open();
      if (data?.changePassword.__typename !== 'ChangePasswordSuccess') throw new Error('not changed');
      expect(holder.held?.token).toBe(data.changePassword.token);
      expect(data.changePassword.user.sessions).toEqual([
        expect.objectContaining({ id: holder.held?.sessionId }),
      ]);

      // It watches the new session from then on: the next end is told, and nothing was before.
      await vi.waitFor(() => {
        expect(acknowledged).toBe(2);
      }, 10_000);
      expect(said).toEqual([]);
      const variables = { input: { email: ann.user.email, password: newPassword, device: laptop } };
      await gql(node.url, { query: loginOperation, variables });
      await vi.waitFor(() => {
        expect(said).toEqual([superseded]);
      }, 10_000);
    },
  );

  test('can be made, and asks, where there is no WebSocket', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const ann = await register(node.url);
    const { client, said, watch } = apollo(holding(ann));
    watch();
    expect((await client.query({ query: meDocument })).data?.me?.id).toBe(ann.user.id);
    expect(said).toEqual([]);
  });

  test('has a sentence for every reason', () => {
    expect(sentenceFor({ reason: 'SUPERSEDED', by: { kind: 'MOBILE', name: null } })).toMatch(/: MOBILE\.$/);
    expect(sentenceFor({ reason: 'IDLE', by: null })).toBe('You were signed out because you were away.');
  });
});
