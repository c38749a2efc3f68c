import { type AddressInfo } from 'node:net';

import { ApolloServer } from '@apollo/server';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import fastify from 'fastify';
import { useServer } from 'graphql-ws/use/ws';
import { createHufu, type HostContext, type HufuOptions } from 'hufu';
import { WebSocketServer } from 'ws';

import { own } from '../orders.js';

export async function start(options: HufuOptions, port: number) {
  const hufu = await createHufu(options);
  const schema = hufu.extend(own);
  const app = fastify();
  const sockets = useServer(
    { schema, ...hufu.ws },
    new WebSocketServer({ server: app.server, path: '/graphql' }),
  );
  const server = new ApolloServer<HostContext>({
    schema,
    plugins: [hufu.plugin, fastifyApolloDrainPlugin(app)],
    validationRules: [...hufu.validationRules],
    // Apollo's own signal handler would end the process before Hufu has stopped.
    stopOnTerminationSignals: false,
  });
  await server.start();
  await app.register(fastifyApollo(server), { context: (request) => hufu.context(request) });
  await app.listen({ port });
  return {
    url: `http://localhost:${String((app.server.address() as AddressInfo).port)}/`,
    async stop() {
      await sockets.dispose();
      await server.stop();
      await app.close();
      await hufu.stop();
    },
  };
}
