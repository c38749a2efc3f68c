// Settings of documents: their limits, and the ones that are executed.

import { z } from 'zod';

import { wholeNumber } from './values.js';

export const graphqlSettings = {
  GRAPHQL_INTROSPECTION: z.stringbool().optional().meta({ allowed: 'true or false' }),
  QUERY_MAX_TOKENS: wholeNumber(100, 100_000, 2_000),
  QUERY_MAX_DEPTH: wholeNumber(1, 100, 12),
  QUERY_MAX_COST: wholeNumber(100, 1_000_000, 10_000),
  TRUSTED_DOCUMENTS: z.string().min(1).max(4_096).optional().meta({ allowed: 'the path of a file' }),
};

type Read = Readonly<z.output<z.ZodObject<typeof graphqlSettings>>>;

export function graphqlConfig(read: Read, production: boolean) {
  return {
    graphql: {
      introspection: read.GRAPHQL_INTROSPECTION ?? !production,
      limits: {
        tokens: read.QUERY_MAX_TOKENS,
        depth: read.QUERY_MAX_DEPTH,
        cost: read.QUERY_MAX_COST,
      },
      /** The path of the list of documents that alone are executed; null to execute any. */
      trustedDocuments: read.TRUSTED_DOCUMENTS ?? null,
    },
  } as const;
}
