// The executable schema: `schema.graphql` at the top is the contract, the resolvers answer it.

import { readFileSync } from 'node:fs';

import { makeExecutableSchema } from '@graphql-tools/schema';
import { type GraphQLSchema, isScalarType } from 'graphql';

import { type Resolvers } from './generated.js';
import { overseeMutations } from './mutations.js';
import { resolvers } from './resolvers/index.js';

/** @throws when a resolver has no field in the schema */
export function createSchema(): GraphQLSchema {
  const typeDefs = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  const schema = makeExecutableSchema({ typeDefs, resolvers: withScalarsOfTheFile(resolvers) });
  overseeMutations(schema);
  return schema;
}

/**
 * Takes only the functions of each scalar. Its name, description and `@specifiedBy` are those of `schema.graphql`:
 * otherwise the package's own would replace them, and clients could not use the type under the file's name.
 */
export function withScalarsOfTheFile(all: Readonly<Record<string, unknown>>): Resolvers {
  return Object.fromEntries(
    Object.entries(all).map(([name, resolver]) => {
      if (!isScalarType(resolver)) return [name, resolver];
      const { serialize, parseValue, parseLiteral } = resolver.toConfig();
      return [name, { serialize, parseValue, parseLiteral }];
    }),
  );
}
