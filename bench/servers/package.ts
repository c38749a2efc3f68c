// Apollo's standalone server as a team starts it: with Hufu in its process if DATABASE_URL is set, else with the same user for
// every request.

import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

import type * as hufuPackage from '../../src/index.js';

const typeDefs = `
  type User { id: ID! email: String! }
  type Query { me: User }
`;
const listen = { port: Number(process.env['PORT']), host: '127.0.0.1' };

if (process.env['DATABASE_URL'] === undefined) {
  const user = { id: '8d2f4a5c-6b1e-4f3a-9c7d-0e1f2a3b4c5d', email: 'bench-100@example.com' };
  const resolvers = { Query: { me: () => user } };
  await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), { listen });
} else {
  // A team installs the built package.
  const built = new URL('../../dist/index.js', import.meta.url).href;
  const { createHufu, fromEnvironment, requireUser } = (await import(built)) as typeof hufuPackage;
  const hufu = await createHufu(fromEnvironment());
  const resolvers = {
    Query: {
      me: (_parent: unknown, _args: unknown, context: hufuPackage.HostContext) => requireUser(context),
    },
  };
  await startStandaloneServer(new ApolloServer<hufuPackage.HostContext>({ typeDefs, resolvers }), {
    listen,
    context: ({ req }) => hufu.context(req),
  });
}
