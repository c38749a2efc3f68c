// The README's code for Apollo Client 4, against a node: a device is told at once, told again when it asks, and told
// when it comes back with the same token.

import { beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';

import { laptop, login, phone, register } from '../support/operations.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { createApollo, sentenceFor, watchSession } from './apollo.js';
import { endOtherSessionsDocument, meDocument } from './operations.js';

const superseded = 'You were signed out because you signed in on another device: Work laptop.';

describe('an Apollo client', () => {
  let node: RunningNode;

  beforeAll(async () => {
    vi.stubGlobal('WebSocket', WebSocket);
    node = await startNode();
  });

  test('shows why its session is over, at once, on its next request, and when it comes back', async () => {
    const ann = await register(node.url, { device: phone });
    const said: string[] = [];
    const say = (sentence: string) => said.push(sentence);
    const client = createApollo(`${node.url}/graphql`, () => ann.token, say);
    expect((await client.query({ query: meDocument })).data?.me?.id).toBe(ann.user.id);
    const watching = watchSession(client, say);
    // The socket opens behind the call; an end that comes before it is there is told when it is.
    await login(node.url, ann.user.email, laptop);
    await vi.waitFor(() => {
      expect(said).toEqual([superseded]);
    }, 10_000);

    await client.mutate({ mutation: endOtherSessionsDocument }).catch(() => undefined);
    expect(said).toEqual([superseded, superseded]);
    watching.unsubscribe();

    const again = watchSession(client, say);
    await vi.waitFor(() => {
      expect(said).toEqual([superseded, superseded, superseded]);
    }, 10_000);
    again.unsubscribe();
    client.stop();
  });

  test('has a sentence for every reason', () => {
    expect(sentenceFor({ reason: 'SUPERSEDED', by: { kind: 'MOBILE', name: null } })).toMatch(/: MOBILE\.$/);
    expect(sentenceFor({ reason: 'IDLE', by: null })).toBe('You were signed out because you were away.');
  });
});
