import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';

import { DIRECTIVE_SDL, useGenericAuth } from '@envelop/generic-auth';
import { createYoga, type Plugin } from 'graphql-yoga';
import { createHufu, type HostContext, type HufuOptions, requireUser, type User } from 'hufu';

import { own, ordersOf } from '../orders.js';

const myOrders = {
  typeDefs: `
    extend type Query {
      myOrders: [String!]! @authenticated
    }
  `,
  resolvers: {
    Query: {
      myOrders: (_parent: unknown, _args: unknown, context: { readonly currentUser: User }) =>
        ordersOf(context.currentUser),
    },
  },
};

export async function start(options: HufuOptions, port: number) {
  const hufu = await createHufu(options);
  const limits: Plugin = {
    onValidate({ addValidationRule }) {
      hufu.validationRules.forEach(addValidationRule);
    },
  };
  const yoga = createYoga<{ req: IncomingMessage }>({
    schema: hufu.extend({
      typeDefs: [own.typeDefs, DIRECTIVE_SDL, myOrders.typeDefs],
      resolvers: [own.resolvers, myOrders.resolvers],
    }),
    context: ({ req }) => hufu.context(req),
    plugins: [
      limits,
      useGenericAuth({
        mode: 'protect-granular',
        resolveUserFn: ({ user }: HostContext) => user,
        // The plugin's own error does not say why a session has ended.
        validateUser({ fieldAuthArgs, typeAuthArgs, executionArgs }) {
          if (fieldAuthArgs ?? typeAuthArgs) requireUser(executionArgs.contextValue as HostContext);
        },
      }),
    ],
  });
  const http = createServer((request, response) => {
    void yoga(request, response);
  });
  await once(http.listen(port), 'listening');
  return {
    url: `http://localhost:${String((http.address() as AddressInfo).port)}/`,
    async stop() {
      await once(http.close(), 'close');
      await hufu.stop();
    },
  };
}
