// The executable schema: `schema.graphql` at the top of the project is the contract, the resolvers implement it.

import { readFileSync } from 'node:fs';

import { makeExecutableSchema } from '@graphql-tools/schema';
import { type GraphQLSchema, isScalarType } from 'graphql';

import {
  type MutationResolvers,
  type QueryResolvers,
  type Resolvers,
  type SubscriptionResolvers,
} from './generated.js';
import { authMutations } from './resolvers/auth.js';
import { passkeyMutations, SecondFactorRequired } from './resolvers/passkeys.js';
import { factorMutations } from './resolvers/factors.js';
import { Session, sessionMutations, sessionQueries, sessionSubscriptions } from './resolvers/session.js';
import { User, userQueries } from './resolvers/user.js';
import { scalars } from './scalars.js';
import { noteResults } from './telemetry.js';

/** Every resolver, by the schema's own names. */
export const resolvers = {
  ...scalars,
  Query: { ...userQueries, ...sessionQueries } satisfies Required<QueryResolvers>,
  Mutation: {
    ...authMutations,
    ...passkeyMutations,
    ...factorMutations,
    ...sessionMutations,
  } satisfies Required<MutationResolvers>,
  Subscription: sessionSubscriptions satisfies Required<SubscriptionResolvers>,
  SecondFactorRequired,
  User,
  Session,
} satisfies Resolvers;

/** Reads `schema.graphql`. */
export function readTypeDefs(): string {
  return readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
}

/** @throws when a resolver has no field in the schema */
export function createSchema(): GraphQLSchema {
  const typeDefs = readTypeDefs();
  const schema = makeExecutableSchema({ typeDefs, resolvers: withScalarsOfTheFile(resolvers) });
  noteResults(schema);
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
