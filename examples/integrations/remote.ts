import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { type HostContext, type RemoteHufu, requireUser } from 'hufu/remote';

export async function startShop(hufu: RemoteHufu, port: number) {
  const schema = makeExecutableSchema({
    typeDefs: [hufu.auth.typeDefs, 'type Query { greeting: String  orders: [String!] @auth }'],
    resolvers: {
      Query: {
        greeting: (_parent: unknown, _args: unknown, context: HostContext) =>
          `Hello, ${requireUser(context).email}`,
        orders: () => ['A lantern'],
      },
    },
  });
  const server = new ApolloServer<HostContext>({ schema: hufu.auth.transformer(schema) });
  const context = ({ req }: { req: Parameters<RemoteHufu['context']>[0] }) => hufu.context(req);
  const { url } = await startStandaloneServer(server, { listen: { port }, context });
  return { url, stop: () => server.stop() };
}
