// Apollo Server's standalone server, started as its documentation says.

import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

import { host, port, resolvers, typeDefs, userOf } from './session.js';

await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), {
  listen: { port, host },
  context: async ({ req }) => ({ user: await userOf(req.headers.authorization) }),
});
