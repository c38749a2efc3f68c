import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { type GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { type HostContext, type Hufu, requireUser } from 'hufu';
import { WebSocketServer } from 'ws';

const typeDefs = `
  extend type Mutation { addNote(text: String!): Note! @auth }
  extend type Subscription { ticks: Int! }
  extend type User { notes: [Note!]! }
  type Note { text: String! }
`;

const notes = new Map<string, { text: string }[]>();

const resolvers = {
  Mutation: {
    addNote(_parent: unknown, note: { text: string }, context: HostContext) {
      const { id } = requireUser(context);
      notes.set(id, [...(notes.get(id) ?? []), note]);
      return note;
    },
  },
  Subscription: {
    ticks: {
      async *subscribe(_parent: unknown, _args: unknown, context: HostContext) {
        requireUser(context);
        for (let ticks = 1; ; ticks += 1) {
          yield { ticks };
          await new Promise((resolve) => setTimeout(resolve, 1_000));
        }
      },
    },
  },
  User: { notes: ({ id }: { id: string }) => notes.get(id) ?? [] },
};

export async function serveApi(hufu: Hufu, schema: GraphQLSchema) {
  const server = new ApolloServer<HostContext>({
    schema,
    plugins: [hufu.plugin],
    validationRules: [...hufu.validationRules],
    // Apollo's own signal handler would end the process before Hufu has stopped.
    stopOnTerminationSignals: false,
  });
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: '127.0.0.1' },
    context: ({ req }) => hufu.context(req),
  });
  return { url, stop: () => server.stop() };
}

export const joined = (hufu: Hufu) => hufu.extend({ typeDefs: [hufu.auth.typeDefs, typeDefs], resolvers });

export async function serveStreams(hufu: Hufu, schema: GraphQLSchema) {
  const server = createServer((request, response) => {
    hufu.node(request, response, () => response.writeHead(404).end());
  });
  const sockets = useServer({ schema, ...hufu.ws }, new WebSocketServer({ server, path: '/graphql' }));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    async stop() {
      await sockets.dispose();
      server.close();
    },
  };
}

export async function start(hufu: Hufu) {
  const schema = joined(hufu);
  const api = await serveApi(hufu, schema);
  const streams = await serveStreams(hufu, schema);
  return {
    url: api.url,
    webUrl: streams.url,
    async stop() {
      await api.stop();
      await streams.stop();
      await hufu.stop();
    },
  };
}
