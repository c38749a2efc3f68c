// The schema that a node serves equals `schema.graphql` with all descriptions: a code generator makes the same from a node's URL
// and from the file.

import { readFileSync } from 'node:fs';

import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  graphql,
  type GraphQLSchema,
  type IntrospectionQuery,
  isEnumType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { GraphQLDate } from 'graphql-scalars';
import { beforeAll, describe, expect, test } from 'vitest';

import { errorCodes } from '../../src/graphql/errors.js';
import { resolvers, withScalarsOfTheFile } from '../../src/graphql/schema.js';
import { gql } from '../support/gql.js';
import { type RunningNode, startNode } from '../support/startNode.js';

const printed = (schema: GraphQLSchema) => printSchema(lexicographicSortSchema(schema));
const text = readFileSync('schema.graphql', 'utf8');

test('the error codes in src are the values of the enum ErrorCode', () => {
  const { ErrorCode } = buildSchema(text).getTypeMap();
  const values = isEnumType(ErrorCode) ? ErrorCode.getValues().map(({ name }) => name) : [];
  expect([...errorCodes].sort()).toEqual(values.sort());
});

describe('the schema of a node', () => {
  let node: RunningNode;
  beforeAll(async () => {
    node = await startNode({ env: { GRAPHQL_INTROSPECTION: 'true' } });
  });

  test('equals the file, including descriptions and @specifiedBy', async () => {
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
    });
    const { data, errors } = await gql<IntrospectionQuery>(node.url, { query });

    expect(errors).toEqual([]);
    if (data === null) throw new Error('no introspection');
    expect(printed(buildClientSchema(data))).toBe(printed(buildSchema(text)));
  });
});

describe('a clone with its own types', () => {
  const extended = (extension: string, own: Record<string, unknown>) =>
    makeExecutableSchema({
      typeDefs: [text, extension],
      resolvers: withScalarsOfTheFile({ ...resolvers, ...own }),
    });

  test('accepts and returns values of the type DateTime', async () => {
    const schema = extended('extend type Query { first(since: DateTime): DateTime }', {
      Query: { ...resolvers.Query, first: (_parent: unknown, { since }: { since: Date }) => since.getTime() },
    });
    const result = await graphql({
      schema,
      source: 'query ($since: DateTime) { first(since: $since) }',
      variableValues: { since: '2026-01-31T10:30:00+01:00' },
    });
    expect(JSON.parse(JSON.stringify(result))).toEqual({ data: { first: '2026-01-31T09:30:00.000Z' } });
  });

  test('serves its own scalar with the description in its file instead of that of the package', () => {
    const extension = '"A day." scalar Day @specifiedBy(url: "https://example.com/day")';
    const schema = extended(extension, { Day: GraphQLDate });
    expect(printed(schema)).toBe(printed(buildSchema(text + extension)));
  });
});
