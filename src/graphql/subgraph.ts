// Hufu as a subgraph of a federated graph: the type `User` with the fields that every client of the graph may read, and the
// look-up of references. A schema of its own, by the Subgraph Specification of Apollo Federation 2.

import { and, isNull } from 'drizzle-orm';
import { buildSchema, execute, type GraphQLFormattedError, OperationTypeNode } from 'graphql';
import { z } from 'zod';

import { isUuid } from '../common/uuid.js';
import { type Database } from '../db/database.js';
import { inUuids } from '../db/queries.js';
import { users } from '../db/schema/index.js';
import { badUserInput } from './errors.js';
import { codeOf, createErrorFormatter, createSchemaHints } from './formatError.js';
import { createDocumentLimits } from './validation/documentLimits.js';
import { createDocumentCheck } from './validation/documents.js';

/** The part that the graph is composed of. Each client of the graph may read all of it, of every user: no e-mail. */
const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"])

"A person with an account. A reference to an account that is unknown or was deleted is null."
type User @key(fields: "id") {
  "Stays the same for the life of the account."
  id: ID!

  "When the account was created."
  createdAt: DateTime!
}

"A moment in UTC in the format of RFC 3339, with milliseconds: 2026-01-31T09:30:00.000Z."
scalar DateTime @specifiedBy(url: "https://scalars.graphql.org/andimarek/date-time.html")
`;

/** The types that the specification adds to every subgraph. A gateway knows them, so they are not composed. */
const additions = `
directive @link(url: String!, import: [String!]) repeatable on SCHEMA
directive @key(fields: String!) repeatable on OBJECT
scalar _Any
union _Entity = User
type _Service { sdl: String! }
type Query {
  _service: _Service!
  _entities(representations: [_Any!]!): [_Entity]!
}
`;

/** A gateway writes the documents: a few short fields. */
const limits = {
  tokens: 1_000,
  depth: 2,
  rootFields: 4,
  aliases: 16,
  directives: 16,
  recursion: 1,
  fragments: 16,
  cost: 1_000,
};

/** A gateway sends the references of a whole page at once, and cannot split them. */
const maxRepresentations = 1_000;

const references = z.array(z.object({ __typename: z.literal('User'), id: z.string() }));

export interface SubgraphOperation {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

export interface SubgraphAnswer {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLFormattedError[];
}

/**
 * Makes the function that executes the operations of gateways.
 *
 * It throws the error of a failed look-up, such as DatabaseUnavailable: part of an answer would say that users are unknown.
 */
export function createSubgraph(
  database: Pick<Database, 'read'>,
): (operation: SubgraphOperation) => Promise<SubgraphAnswer> {
  const schema = buildSchema(sdl + additions);
  const formatError = createErrorFormatter(createSchemaHints(schema));
  const check = createDocumentCheck({
    schema,
    operation: { type: OperationTypeNode.QUERY, otherwise: 'A subgraph of Hufu has queries only.' },
    // `_service` tells the schema, with its keys.
    introspection: false,
    maxTokens: limits.tokens,
    rules: [createDocumentLimits(schema, limits)],
    trusted: null,
    formatError,
  });
  const rootValue = {
    _service: { sdl },
    _entities: ({ representations }: { readonly representations: readonly unknown[] }) =>
      findUsers(database, representations),
  };

  return async (operation) => {
    const checked = check(operation);
    if (checked.kind === 'refused') return { errors: checked.errors.map((error) => error.toJSON()) };
    const { operationName, variables: variableValues } = operation;
    const { document } = checked;
    const { data, errors } = await execute({ schema, document, rootValue, operationName, variableValues });
    if (errors === undefined) return { data };
    const unexpected = errors.find((error) => codeOf(error) !== 'BAD_USER_INPUT');
    if (unexpected !== undefined) throw unexpected.originalError ?? unexpected;
    return { data, errors: errors.map((error) => formatError(error.toJSON(), error)) };
  };
}

interface UserEntity {
  readonly __typename: 'User';
  readonly id: string;
  readonly createdAt: string;
}

/** Finds the users of all references with one look-up, in the order of the references. */
async function findUsers(
  database: Pick<Database, 'read'>,
  representations: readonly unknown[],
): Promise<readonly (UserEntity | null)[]> {
  if (representations.length > maxRepresentations)
    throw badUserInput(`At most ${String(maxRepresentations)} representations are allowed.`);
  const { data } = references.safeParse(representations);
  if (data === undefined)
    throw badUserInput(
      'A representation must be {"__typename": "User", "id": "…"}: Hufu has no other entity.',
    );
  const ids = data.map(({ id }) => id.toLowerCase());
  const uuids = [...new Set(ids.filter(isUuid))];
  if (uuids.length === 0) return ids.map(() => null);
  const { id, createdAt } = users;
  const found = await database.read((db) =>
    db
      .select({ id, createdAt })
      .from(users)
      .where(and(inUuids(id, uuids), isNull(users.deletedAt))),
  );
  const byId = new Map(found.map((user) => [user.id, entityOf(user)]));
  return ids.map((one) => byId.get(one) ?? null);
}

function entityOf({ id, createdAt }: { readonly id: string; readonly createdAt: Date }): UserEntity {
  return { __typename: 'User', id, createdAt: createdAt.toISOString() };
}
