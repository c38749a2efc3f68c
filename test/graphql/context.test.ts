// The context of the resolvers.

import { expect, test } from 'vitest';

import { resolvers } from '../../src/graphql/schema.js';
import { gql } from '../support/gql.js';
import { register, sessionOperation } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

test('CONTEXT-01 a resolver MUST get a frozen context that names the user', async () => {
  const seen: { readonly isFrozen: boolean; readonly email: string | null }[] = [];
  const query = resolvers.Query as { session: (...args: unknown[]) => unknown };
  const { session } = query;
  query.session = (...args) => {
    const context = args[2] as { user: { email: string } | null };
    seen.push({ isFrozen: Object.isFrozen(context), email: context.user?.email ?? null });
    expect(() => {
      context.user = null;
    }).toThrow(TypeError);
    return session(...args);
  };
  const { url } = await startNode();
  query.session = session;

  const { token, user } = await register(url);
  const answer = await gql(url, { query: sessionOperation, token });
  expect(answer.errors).toEqual([]);
  await gql(url, { query: sessionOperation });
  expect(seen).toEqual([
    { isFrozen: true, email: user.email },
    { isFrozen: true, email: null },
  ]);
});
