import { createServer, type Server, type ServerResponse } from 'node:http';

import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { type HostContext, type RemoteHufu, requireUser } from 'hufu/remote';

// #region server
export async function startShop(hufu: RemoteHufu, port: number) {
  const schema = makeExecutableSchema({
    typeDefs: [hufu.auth.typeDefs, 'type Query { greeting: String  orders: [String!] @auth }'],
    resolvers: {
      Query: {
        greeting: (_parent: unknown, _args: unknown, context: HostContext) =>
          `Hello, ${requireUser(context).email}`,
        orders: () => ['A tally'],
      },
    },
  });
  const server = new ApolloServer<HostContext>({ schema: hufu.auth.transformer(schema) });
  const context = ({ req }: { req: Parameters<RemoteHufu['context']>[0] }) => hufu.context(req);
  const { url } = await startStandaloneServer(server, { listen: { port }, context });
  return { url, stop: () => server.stop() };
}
// #endregion

// #region stream
/** Server-sent events that end with the session of their request. */
export function createPrices(hufu: RemoteHufu, follow: (response: ServerResponse) => () => void): Server {
  return createServer((request, response) => {
    void hufu.context(request).then(({ hufu: { session } }) => {
      if (session.kind !== 'active') {
        response.writeHead(session.kind === 'unavailable' ? 503 : 401).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      const stop = follow(response);
      const unwatch = hufu.watch(session.session, () => response.destroy());
      response.once('close', () => {
        stop();
        unwatch();
      });
    });
  });
}
// #endregion
