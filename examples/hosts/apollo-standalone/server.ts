import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createHufu, type HostContext, type HufuOptions } from 'hufu';

import { own } from '../orders.js';

export async function start(options: HufuOptions, port: number) {
  const hufu = await createHufu(options);
  const server = new ApolloServer<HostContext>({
    schema: hufu.extend(own),
    plugins: [hufu.plugin],
    validationRules: [...hufu.validationRules],
    // Apollo's own signal handler would end the process before Hufu has stopped.
    stopOnTerminationSignals: false,
  });
  const { url } = await startStandaloneServer(server, {
    listen: { port },
    context: ({ req }) => hufu.context(req),
  });
  return {
    url,
    async stop() {
      await server.stop();
      await hufu.stop();
    },
  };
}
