// `hufu/testing`, used as a team uses it in its own tests.

import { graphql } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';

import { type HostContext, requireUser } from '../../src/index.js';
import { createTestHufu, type TestHufu, type TestServer } from '../../src/testing/index.js';
import { testRefusals } from '../../examples/testing/refusals.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

const me = '{ me { id email } }';

describe('the test kit', () => {
  let hufu: TestHufu;
  beforeAll(async () => {
    hufu = await createTestHufu({ session: { idleSeconds: 86_400 } });
    whenFileEnds(() => hufu.stop());
  });

  it('MUST create users, each signed in with an e-mail of its own', async () => {
    const [ann, bob] = [await hufu.user(), await hufu.user({ email: 'bob@example.com' })];
    expect((await ann.client().send(me)).data).toEqual({ me: { id: ann.id, email: ann.email } });
    expect((await bob.client().send(me)).data).toEqual({ me: { id: bob.id, email: 'bob@example.com' } });
    const { token } = ann;
    await ann.signIn({ kind: 'MOBILE', name: 'Pixel 9' });
    expect(ann.token).not.toBe(token);
    expect((await ann.client().send(me)).errors).toEqual([]);
    const login = `mutation ($input: LoginInput!) { login(input: $input) { __typename } }`;
    const input = { email: ann.email, password: ann.password };
    expect((await bob.client().send(login, { input })).data).toEqual({
      login: { __typename: 'LoginSuccess' },
    });
  });

  it("MUST end a user's session for every reason", async () => {
    const reasons: string[] = [];
    await hufu.forEachReason(async (reason, user) => {
      reasons.push(reason);
      const { data, errors } = await user.client().send(me);
      expect(data).toEqual({ me: null });
      expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason });
    });
    expect(reasons).toHaveLength(11);
    const ann = await hufu.user();
    await ann.signOutAs('SUPERSEDED');
    const { errors } = await ann.client().send(me);
    expect(errors[0]?.extensions).toMatchObject({ by: { kind: 'DESKTOP', name: 'Another device' } });
  });

  it('MUST supersede a session although the policy allows both sessions', async () => {
    const roomy = await createTestHufu({ session: { limit: 0 } });
    whenFileEnds(() => roomy.stop());
    const ann = await roomy.user();
    await ann.signOutAs('SUPERSEDED');
    expect((await ann.client().send(me)).errors[0]?.extensions).toMatchObject({ reason: 'SUPERSEDED' });
    expect((await hufu.user()).id).not.toBe(ann.id);
  });

  it('MUST advance the time until sessions become idle or expire', async () => {
    const ann = await hufu.user();
    hufu.advance({ hours: 23 });
    expect((await ann.client().send(me)).errors).toEqual([]);
    hufu.advance({ days: 1, seconds: 1 });
    expect((await ann.client().send(me)).errors[0]?.extensions).toMatchObject({ reason: 'IDLE' });
    const bob = await hufu.user();
    hufu.advance({ days: 31 });
    expect((await bob.client().send(me)).errors[0]?.extensions).toMatchObject({ reason: 'EXPIRED' });
    expect(() => {
      hufu.advance({ days: -1 });
    }).toThrow(RangeError);
  });

  it('MUST collect the mails with the tokens of their links', async () => {
    const ann = await hufu.user();
    const request = 'mutation { requestEmailVerification { __typename } }';
    await ann.client().send(request);
    const { link } = await hufu.mailbox.next(ann.email, /Confirm/);
    expect(link?.operation).toBe('verifyEmail');
    const verify = `mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) { __typename } }`;
    const { data } = await ann.client().send(verify, { input: { token: link?.token } });
    expect(data).toEqual({ verifyEmail: { __typename: 'VerifyEmailSuccess' } });
  });

  it("MUST serve a team's own server, as docs/testing.md shows", async () => {
    const createServer = (kit: TestHufu): TestServer => {
      const orders = (_parent: unknown, _args: unknown, context: HostContext) => {
        requireUser(context);
        return [];
      };
      const typeDefs = 'extend type Query { orders: [String!] }';
      const schema = kit.extend({ typeDefs, resolvers: { Query: { orders } } });
      return async (request) => {
        const { query } = (await request.json()) as { readonly query: string };
        const contextValue = await kit.context(request);
        return Response.json(await graphql({ schema, source: query, contextValue }));
      };
    };
    await testRefusals(createServer);
    const open = (): TestServer => () => Response.json({ data: { orders: [] } });
    await expect(testRefusals(open)).rejects.toThrow('It is not refused as NO_TOKEN.');
  });

  it('MUST create a user in less than 15 ms of CPU time', async () => {
    const batches: number[] = [];
    for (let batch = 0; batch < 6; batch += 1) {
      const before = process.cpuUsage();
      for (let count = 0; count < 10; count += 1) await hufu.user();
      const { user, system } = process.cpuUsage(before);
      batches.push((user + system) / 10 / 1_000);
    }
    // Other work of the machine can only make a batch slower.
    expect(Math.min(...batches)).toBeLessThan(15);
  });
});
