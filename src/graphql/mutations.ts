// What is true of every mutation, whichever it is.

import { type GraphQLSchema } from 'graphql';

import { type Context } from './context.js';

/**
 * Has every mutation of the schema note its result. An error is noted as an error of the operation.
 */
export function overseeMutations(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    if (resolve === undefined) continue;
    field.resolve = async (parent, args, context: Context, info) => {
      const result: unknown = await resolve(parent, args, context, info);
      context.notes.results.push({ field: field.name, result: nameOf(result) });
      return result;
    };
  }
}

function nameOf(result: unknown): string {
  return typeof result === 'object' && result !== null && '__typename' in result
    ? String(result.__typename)
    : 'OK';
}
