// A codegen plugin that writes the facts of the schema that a client needs at run time.

import { isAbstractType, isObjectType } from 'graphql';

/** @param {import('graphql').GraphQLSchema} schema */
export function plugin(schema) {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  const possible = types
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]);
  const keyless = types
    .filter(isObjectType)
    .filter((type) => !roots.has(type.name) && !('id' in type.getFields()))
    .map(({ name }) => name);
  const signedIn = types
    .filter(isObjectType)
    .filter((type) => ['token', 'session'].every((field) => field in type.getFields()))
    .map(({ name }) => name);
  return [
    '/** Which object types each union and interface has. */',
    `export const possibleTypes = ${JSON.stringify(Object.fromEntries(possible), null, 2)};`,
    '',
    '/** The object types without an `id`: a cache keeps them inside of their parents. */',
    `export const typesWithoutId = ${JSON.stringify(keyless, null, 2)} as const;`,
    '',
    '/** The results that have a new token. */',
    `export const signedInTypes = ${JSON.stringify(signedIn, null, 2)} as const;`,
    '',
  ].join('\n');
}

const roots = new Set(['Query', 'Mutation', 'Subscription']);
