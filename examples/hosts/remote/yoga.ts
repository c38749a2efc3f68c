import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';

import { makeExecutableSchema } from '@graphql-tools/schema';
import { useServer } from 'graphql-ws/use/ws';
import { createYoga } from 'graphql-yoga';
import { createRemoteHufu, type RemoteHufuOptions } from 'hufu/remote';
import { WebSocketServer } from 'ws';

import { own } from '../orders.js';
import { types } from './types.js';

export async function start(options: RemoteHufuOptions, port: number) {
  const hufu = createRemoteHufu(options);
  // Subscriptions end with their session.
  const schema = hufu.watched(
    makeExecutableSchema({
      typeDefs: [types.typeDefs, own.typeDefs],
      resolvers: [types.resolvers, own.resolvers],
    }),
  );
  const yoga = createYoga<{ req: IncomingMessage }>({ schema, context: ({ req }) => hufu.context(req) });
  const http = createServer((request, response) => {
    void yoga(request, response);
  });
  const sockets = useServer({ schema, ...hufu.ws }, new WebSocketServer({ server: http, path: '/graphql' }));
  await once(http.listen(port), 'listening');
  return {
    url: `http://localhost:${String((http.address() as AddressInfo).port)}/`,
    async stop() {
      await sockets.dispose();
      await once(http.close(), 'close');
      hufu.stop();
    },
  };
}
