// hufu/remote with a real Hufu: a team's server asks two nodes over the network.

import { beforeAll, describe, expect, it } from 'vitest';

import { createRemoteHufu, type RemoteHufu, requireSession, requireUser } from '../../src/remote/index.js';
import { startShop } from '../../examples/integrations/remote.js';
import { gql } from '../support/gql.js';
import { login, logoutOperation, register } from '../support/operations.js';
import { serviceKey } from '../support/serviceKey.js';
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
  node = await startNode({ env: { INTEGRATIONS: 'introspect' } });
  hufu = remote(await serviceKey(node, 'shop', ['introspect', 'explain', 'feed']));
});

const ask = (token: string | null, of = hufu) =>
  of.context(
    new Request('http://host/', { headers: token === null ? {} : { authorization: `Bearer ${token}` } }),
  );

describe('REMOTE-10 a request of a team’s server', () => {
  it('MUST have the user of its token, and the session', async () => {
    const { token, user, session } = await register(node.url);
    const context = await ask(token);
    expect(requireUser(context)).toEqual({ id: user.id, email: user.email, emailVerified: false });
    expect(requireSession(context).session).toMatchObject({
      id: session.id,
      userId: user.id,
      methods: ['PASSWORD'],
      expiresAt: expect.any(Date) as Date,
    });
    expect(context.user).toBe(context.hufu.user);
    expect(Object.isFrozen(context.hufu)).toBe(true);
  });

  it('MUST be refused from its next one on when the session has ended, with reason, at and by', async () => {
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

  it('MUST be told nothing but that the token is not valid where the service may not explain', async () => {
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

  it('MUST be unavailable, and not signed out, where the key is refused', async () => {
    const { token } = await register(node.url);
    const wrong = remote('hufu_0000000000000000_wrong');
    expect((await ask(token, wrong)).hufu.session).toEqual({ kind: 'unavailable' });
    await expect(wrong.ready()).rejects.toThrow(/^serviceKey: /);
    expect(await hufu.ready()).toBe(true);
  });
});

it('REMOTE-11 the server of the docs MUST guard its fields with the user, and with the directive', async () => {
  const shop = await startShop(hufu, 0);
  whenFileEnds(shop.stop);
  const { token, user } = await register(node.url);
  const query = '{ greeting orders }';
  expect((await gql(shop.url, { query, token })).data).toEqual({
    greeting: `Hello, ${user.email}`,
    orders: ['A tally'],
  });
  await login(node.url, user.email);
  const { errors } = await gql(shop.url, { query, token });
  expect(errors.map(({ path, extensions: { code, reason } }) => [path, code, reason])).toEqual([
    [['greeting'], 'UNAUTHENTICATED', 'SUPERSEDED'],
    [['orders'], 'UNAUTHENTICATED', 'SUPERSEDED'],
  ]);
});
