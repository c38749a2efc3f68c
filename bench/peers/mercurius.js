// Mercurius on Fastify, with its query compiler (JIT) on.

import Fastify from 'fastify';
import mercurius from 'mercurius';

import { host, port, resolvers, typeDefs, userOf } from './session.js';

const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  jit: 1,
  context: async (request) => ({ user: await userOf(request.headers.authorization) }),
});
await app.listen({ port, host });
