// Keeps passwords out of the errors for variables of Hufu's types: the message of graphql-js repeats the whole value, and
// a host logs and reports its errors.

import { GraphQLError, type GraphQLSchema, isInputObjectType, Kind, type TypeNode } from 'graphql';

import { createSchemaHints } from '../graphql/formatError.js';

/** Replaces the message of an error for a variable whose type is an input of Hufu's; changes no other error. */
export type MaskValues = (error: unknown) => void;

/** @param schema Hufu's part of the schema */
export function createValueMask(schema: GraphQLSchema): MaskValues {
  const hint = createSchemaHints(schema);
  const isOwnInput = (name: string) => isInputObjectType(schema.getType(name));

  return (error) => {
    if (!(error instanceof GraphQLError)) return;
    const [node, ...more] = error.nodes ?? [];
    if (node?.kind !== Kind.VARIABLE_DEFINITION || more.length > 0 || !isOwnInput(nameOf(node.type))) return;
    const text = `A value does not fit its type in the schema. ${hint(error.message)}`;
    // Apollo Server shows and logs the stack of the error that it has wrapped; a stack begins with the message.
    for (const part of [error, error.originalError]) {
      if (part === undefined) continue;
      part.message = text;
      part.stack = `${part.name}: ${text}`;
    }
  };
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}
