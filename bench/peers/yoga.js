// GraphQL Yoga on node:http.

import { createServer } from 'node:http';

import { createSchema, createYoga } from 'graphql-yoga';

import { host, port, resolvers, typeDefs, userOf } from './session.js';

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context: async ({ request }) => ({ user: await userOf(request.headers.get('authorization')) }),
});
createServer(yoga).listen(port, host);
