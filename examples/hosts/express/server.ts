import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { expressMiddleware } from '@as-integrations/express5';
import express from 'express';
import { useServer } from 'graphql-ws/use/ws';
import { createHufu, type HostContext, type HufuOptions } from 'hufu';
import { WebSocketServer } from 'ws';

import { own } from '../orders.js';

export async function start(options: HufuOptions, port: number) {
  const hufu = await createHufu(options);
  const schema = hufu.extend(own);
  const app = express();
  const http = createServer((request, response) => {
    app(request, response);
  });
  const sockets = useServer({ schema, ...hufu.ws }, new WebSocketServer({ server: http, path: '/graphql' }));
  const server = new ApolloServer<HostContext>({
    schema,
    plugins: [hufu.plugin, ApolloServerPluginDrainHttpServer({ httpServer: http })],
    validationRules: [...hufu.validationRules],
    // Apollo's own signal handler would end the process before Hufu has stopped.
    stopOnTerminationSignals: false,
  });
  await server.start();
  const graphql = expressMiddleware(server, { context: ({ req }) => hufu.context(req) });
  app.use('/graphql', express.json({ limit: '100kb' }), graphql);
  await once(http.listen(port), 'listening');
  return {
    url: `http://localhost:${String((http.address() as AddressInfo).port)}/`,
    async stop() {
      await sockets.dispose();
      await server.stop();
      await hufu.stop();
    },
  };
}
