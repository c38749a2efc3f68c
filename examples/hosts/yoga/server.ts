import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';

import { useServer } from 'graphql-ws/use/ws';
import { createYoga, type Plugin } from 'graphql-yoga';
import { createHufu, type HufuOptions } from 'hufu';
import { WebSocketServer } from 'ws';

import { own } from '../orders.js';

export async function start(options: HufuOptions, port: number) {
  const hufu = await createHufu(options);
  const schema = hufu.extend(own);
  const limits: Plugin = {
    onValidate({ addValidationRule }) {
      hufu.validationRules.forEach(addValidationRule);
    },
  };
  const yoga = createYoga<{ req: IncomingMessage }>({
    schema,
    context: ({ req }) => hufu.context(req),
    plugins: [limits],
  });
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
      await hufu.stop();
    },
  };
}
