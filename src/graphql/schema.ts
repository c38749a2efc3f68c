// The executable schema: `schema.graphql` at the top is the contract, the resolvers answer it.

import { readFileSync } from 'node:fs';

import { makeExecutableSchema } from '@graphql-tools/schema';
import { type GraphQLSchema } from 'graphql';

import { overseeMutations } from './mutations.js';
import { resolvers } from './resolvers/index.js';

/** @throws when a resolver has no field in the schema */
export function createSchema(): GraphQLSchema {
  const typeDefs = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  const schema = makeExecutableSchema({ typeDefs, resolvers });
  overseeMutations(schema);
  return schema;
}
