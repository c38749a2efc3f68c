// A team's server: Apollo's standalone server, which authenticates each request over hufu/remote if HUFU_URL is set.

import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

import { createRemoteHufu, type HostContext, requireUser } from '../../src/remote/index.js';

const { HUFU_URL: url, SERVICE_KEY: serviceKey = '', PORT } = process.env;

const hufu = url === undefined ? null : createRemoteHufu({ url, serviceKey });

const server = new ApolloServer<Partial<HostContext>>({
  typeDefs: 'type Query { greeting: String! }',
  resolvers: {
    Query: {
      greeting: (_parent: unknown, _args: unknown, { hufu: asked }: Partial<HostContext>) =>
        `Hello, ${asked === undefined ? 'ann@example.com' : requireUser({ hufu: asked }).email}`,
    },
  },
});
await startStandaloneServer(server, {
  listen: { port: Number(PORT), host: '127.0.0.1' },
  context: ({ req }) => hufu?.context(req) ?? Promise.resolve({}),
});
