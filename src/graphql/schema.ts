// The executable schema: `schema.graphql` at the top of the project is the contract, the resolvers implement it.

import { existsSync, readFileSync } from 'node:fs';

import { makeExecutableSchema } from '@graphql-tools/schema';
import { type GraphQLSchema, GraphQLScalarType, isScalarType } from 'graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';

import {
  type MutationResolvers,
  type QueryResolvers,
  type Resolvers,
  type SubscriptionResolvers,
} from './generated.js';
import { authMutations } from './resolvers/auth.js';
import { factorMutations, SecondFactorRequired } from './resolvers/factors.js';
import { providerMutations, providerQueries } from './resolvers/provider.js';
import { Session, sessionMutations, sessionQueries, sessionSubscriptions } from './resolvers/session.js';
import { User, userQueries } from './resolvers/user.js';
import { noteResults } from './telemetry.js';

/**
 * Passes a value of JSON through. A browser's answer gains members with each level of WebAuthn: a type with fixed fields would
 * refuse it. Each member is checked where it is read.
 */
const json = new GraphQLScalarType<unknown>({ name: 'JSON' });

const scalars = {
  AuthenticationResponseJSON: json,
  DateTime: GraphQLDateTimeISO,
  PublicKeyCredentialCreationOptionsJSON: json,
  PublicKeyCredentialRequestOptionsJSON: json,
  RegistrationResponseJSON: json,
} as const;

/** Every resolver, by the schema's own names. */
export const resolvers = {
  ...scalars,
  Query: { ...userQueries, ...sessionQueries, ...providerQueries } satisfies Required<QueryResolvers>,
  Mutation: {
    ...authMutations,
    ...factorMutations,
    ...sessionMutations,
    ...providerMutations,
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

/** Resolvers of a team's own types, by type and field. */
export type TeamResolvers = Readonly<Record<string, object>>;

/** Reads a clone's own types; null where it has none. */
function readTeamTypes(): string | null {
  const file = new URL('../team/schema.graphql', import.meta.url);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return /^[^#\n]*\w/m.test(text) ? text : null;
}

/**
 * Makes the executable schema, with a clone's own types.
 *
 * @param teamResolvers for a clone's own types
 * @throws when a resolver has no field in the schema
 */
export function createSchema(teamResolvers: TeamResolvers = {}): GraphQLSchema {
  const typeDefs = [readTypeDefs()];
  const teamTypes = readTeamTypes();
  if (teamTypes !== null) typeDefs.push(teamTypes);
  const own = withScalarsOfTheFile(resolvers);
  const schema = makeExecutableSchema({ typeDefs, resolvers: [own, teamResolvers as Resolvers] });
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
