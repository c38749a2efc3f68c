// Settings of the ways in which other servers ask this one. Each is off until it is named.

import { z } from 'zod';

import { OperatorError } from '../common/errors.js';
import { listOf, wholeNumber } from './values.js';

/** The ways in which other servers ask. */
const integrations = [
  'introspect',
  'verify',
  'hasura',
  'apollo-router',
  'feed',
  'tickets',
  'subgraph',
] as const;

export type Integration = (typeof integrations)[number];

/** An audience has no character that separates it from the next or from its form. */
const audience = /^([^\s,="\\]{1,255})(?:=(plain|hasura))?$/;

const maxAudiences = 1_000;

export const integrationSettings = {
  INTEGRATIONS: z
    .string()
    .transform(listOf)
    .pipe(z.array(z.enum(integrations)))
    .transform((names): ReadonlySet<Integration> => new Set(names))
    .default(new Set())
    .meta({ allowed: `some of ${integrations.join(', ')}, separated by commas` }),
  TICKET_AUDIENCES: z
    .string()
    .transform((value) => listOf(value).map((text) => audience.exec(text)))
    .refine((found) => found.length <= maxAudiences && found.every((match) => match !== null))
    .transform(
      (found) =>
        new Map(
          found.flatMap((match) =>
            match === null ? [] : [[match[1] ?? '', match[2] === 'hasura' ? 'hasura' : 'plain'] as const],
          ),
        ),
    )
    .default(new Map())
    .meta({
      allowed: `at most ${String(maxAudiences)} audiences such as orders or graph=hasura, separated by commas`,
    }),
  HASURA_MAX_AGE_SECONDS: wholeNumber(1, 86_400, 60),
};

type Read = Readonly<z.output<z.ZodObject<typeof integrationSettings>>>;

/**
 * Groups the settings.
 *
 * @param hasDataKey whether secrets can be sealed in the database
 */
export function integrationConfig(read: Read, hasDataKey: boolean) {
  if (read.INTEGRATIONS.has('tickets')) {
    if (!hasDataKey) throw new OperatorError('DATA_KEY', 'it is required with tickets in INTEGRATIONS.');
    if (read.TICKET_AUDIENCES.size === 0)
      throw new OperatorError('TICKET_AUDIENCES', 'it is required with tickets in INTEGRATIONS.');
  }
  return {
    integrations: {
      enabled: read.INTEGRATIONS,
      /** The audiences of tickets, with the form of their claims. */
      ticketAudiences: read.TICKET_AUDIENCES,
      /** How long a websocket of Hasura may go on before Hasura asks again. */
      hasuraMaxAgeSeconds: read.HASURA_MAX_AGE_SECONDS,
    },
  };
}
