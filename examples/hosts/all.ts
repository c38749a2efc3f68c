// Starts every host on a port of its own, and prints the URLs. SIGTERM stops the hosts, after which the process ends by itself.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

import { type HufuOptions } from 'hufu';

import { start as startApollo } from './apollo-standalone/server.js';
import { start as startEnvelop } from './envelop/server.js';
import { start as startExpress } from './express/server.js';
import { start as startFastify } from './fastify/server.js';
import { getHufu as getHufuOfNext } from './nextjs/app/graphql/hufu.ts';
import { POST } from './nextjs/app/graphql/route.ts';
import { start as startNest } from './nestjs/server.js';
import { start as startYoga } from './yoga/server.js';

const options = JSON.parse(process.argv[2] ?? '{}') as HufuOptions;

const hosts = {
  'apollo-standalone': await startApollo(options, 0),
  express: await startExpress(options, 0),
  fastify: await startFastify(options, 0),
  yoga: await startYoga(options, 0),
  envelop: await startEnvelop(options, 0),
  nestjs: await startNest(options, 0),
  nextjs: await startNext(),
};

process.once('SIGTERM', () => {
  void Promise.all(Object.values(hosts).map(({ stop }) => stop())).then(() => {
    console.log('stopped');
  });
});
console.log(JSON.stringify(Object.fromEntries(Object.entries(hosts).map(([name, { url }]) => [name, url]))));

/** Serves a route handler as Next.js does. */
async function startNext() {
  const http = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing);
  });
  await once(http.listen(0), 'listening');
  return {
    url: `http://localhost:${String((http.address() as AddressInfo).port)}/`,
    async stop() {
      http.closeAllConnections();
      await once(http.close(), 'close');
      await (await getHufuOfNext()).stop();
    },
  };
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const response = await POST(
    new Request('http://localhost/graphql', {
      method: 'POST',
      headers: Object.entries(incoming.headers).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]),
      body: Buffer.concat(chunks),
    }),
  );
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}
