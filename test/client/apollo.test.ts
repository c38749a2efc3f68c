// `hufu/client/apollo` in Apollo Client 4, set up as docs/clients.md says, against a node.

import { type ApolloLink, gql } from '@apollo/client';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';

import { reasonSentence, type HufuSession } from '../../src/client/index.js';
import { sessionLink } from '../../src/client/apollo.js';
import { laptop, login, password, randomEmail, register } from '../support/operations.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { createApollo } from '../../examples/client/apollo.js';
import { changePasswordDocument, loginDocument, meDocument } from '../../examples/client/operations.js';

const sessionEndedDocument = gql`
  subscription {
    sessionEnded {
      sessionId
      reason
    }
  }
`;
const noMore = () => {
  throw new Error('the link is the last one');
};
const newPassword = 'four boats in the fog';

describe('an Apollo client', () => {
  let node: RunningNode;
  const sessions: HufuSession[] = [];
  let subscribed = 0;

  beforeAll(async () => {
    node = await startNode();
  });

  afterEach(() => {
    for (const session of sessions.splice(0)) session.stop();
    vi.unstubAllGlobals();
    subscribed = 0;
  });

  const apollo = () => {
    class Socket extends WebSocket {
      override send(text: string): void {
        if (text.includes('"type":"subscribe"')) subscribed += 1;
        super.send(text);
      }
    }
    vi.stubGlobal('WebSocket', Socket);
    const parts = createApollo(`${node.url}/graphql`);
    sessions.push(parts.session);
    return parts;
  };
  const sentence = (session: HufuSession) => {
    const state = session.getSnapshot();
    return state.status === 'signedOut' && state.ended !== null ? reasonSentence(state.ended) : null;
  };

  test('gets the sentence for a wrong password, and takes the token for the correct one', async () => {
    const ann = await register(node.url);
    const { session, client } = apollo();
    const logIn = (typed: string) =>
      client.mutate({
        mutation: loginDocument,
        variables: { input: { email: ann.user.email, password: typed } },
      });

    expect((await logIn('not the password')).data?.login).toEqual({
      __typename: 'InvalidCredentials',
      message: 'The e-mail address or the password is not right.',
    });
    const { data } = await logIn(password);
    if (data?.login.__typename !== 'LoginSuccess') throw new Error(data?.login.__typename);
    expect(session.getSnapshot()).toMatchObject({ status: 'signedIn', sessionId: data.login.session.id });
    expect((await client.query({ query: meDocument })).data?.me?.id).toBe(ann.user.id);

    await login(node.url, ann.user.email, laptop);
    await client.query({ query: meDocument, fetchPolicy: 'network-only' }).catch(() => undefined);
    await expect
      .poll(() => sentence(session))
      .toBe('You were signed out because you signed in on another device: Work laptop.');
  });

  test('empties its cache when the user signs out', async () => {
    const { session, client } = apollo();
    const emails = [randomEmail(), randomEmail()];
    for (const email of emails) {
      await session.register({ email, password });
      const { data } = await client.query({ query: meDocument });
      expect(data?.me?.email).toBe(email);
      await session.logout();
      expect(client.cache.extract()).toEqual({});
    }
  });

  test('sends a subscription of Apollo Client 3, whose operations have no type, over the websocket', () => {
    const { session } = createApollo(`${node.url}/graphql`);
    sessions.push(session);
    vi.stubGlobal('WebSocket', undefined);
    const operation = { query: sessionEndedDocument, variables: {}, extensions: {} };
    const send = () => sessionLink(session).request(operation as unknown as ApolloLink.Operation, noMore);
    expect(send).toThrow('This platform has no WebSocket.');
  });

  test('keeps its cache when the password changes, and subscribes with the new token', async () => {
    const { session, client } = apollo();
    const email = randomEmail();
    await session.register({ email, password });
    await client.query({ query: meDocument });
    const input = { currentPassword: password, newPassword };
    const { data } = await client.mutate({ mutation: changePasswordDocument, variables: { input } });
    if (data?.changePassword.__typename !== 'ChangePasswordSuccess') throw new Error('not changed');
    const { session: opened, user } = data.changePassword;
    expect(session.getSnapshot()).toMatchObject({ sessionId: opened.id });
    expect(client.cache.extract()).toHaveProperty(`User:${user.id}`);
    expect(user.sessions).toEqual([{ __typename: 'Session', id: opened.id }]);

    const heard: unknown[] = [];
    client.subscribe({ query: sessionEndedDocument }).subscribe(({ data: event }) => heard.push(event));
    // The session subscribed before and after the change, and the app once.
    await expect.poll(() => subscribed).toBe(3);
    const elsewhere = apollo().session;
    await elsewhere.login({ email, password: newPassword });
    await expect
      .poll(() => heard)
      .toEqual([{ sessionEnded: { __typename: 'SignedOut', sessionId: opened.id, reason: 'SUPERSEDED' } }]);
  });
});
