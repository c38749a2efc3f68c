// What is true of every mutation, whichever it is.

import { type GraphQLSchema } from 'graphql';

import { type Context } from './context.js';
import { serviceUnavailable } from './errors.js';

/**
 * Has every mutation of the schema note what it comes to. Of a document with several, those whose turn comes when the
 * client has gone are not begun: sixty sign-ins that nobody hears of would keep others waiting. The first always is, since
 * a client may leave without hearing of its logout. What is thrown is noted as an error of the operation.
 */
export function overseeMutations(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    if (resolve === undefined) continue;
    field.resolve = async (parent, args, context: Context, info) => {
      const { notes } = context;
      notes.mutations += 1;
      if (notes.mutations > 1 && notes.isAbandoned()) throw serviceUnavailable();
      const result: unknown = await resolve(parent, args, context, info);
      notes.results.push({ field: field.name, result: nameOf(result) });
      return result;
    };
  }
}

function nameOf(result: unknown): string {
  return typeof result === 'object' && result !== null && '__typename' in result
    ? String(result.__typename)
    : 'OK';
}
