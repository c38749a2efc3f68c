// Settings that bound what one client may do: attempts, and the size of a document.

import { z } from 'zod';

import { wholeNumber } from './values.js';

const most = 1_000_000;

export const limitSettings = {
  RATE_LIMITS: z.stringbool().default(true).meta({ allowed: 'on or off' }),
  RATE_LIMIT_GUESSES_PER_MINUTE: wholeNumber(1, most, 10),
  RATE_LIMIT_ACCOUNT_GUESSES_PER_HOUR: wholeNumber(1, most, 100),
  RATE_LIMIT_ACCOUNT_SIGN_INS_PER_HOUR: wholeNumber(1, most, 60),
  RATE_LIMIT_SESSION_GUESSES_PER_HOUR: wholeNumber(1, most, 10),
  RATE_LIMIT_IP_GUESSES_PER_HOUR: wholeNumber(1, most, 100),
  RATE_LIMIT_IP_REGISTRATIONS_PER_HOUR: wholeNumber(1, most, 20),
  RATE_LIMIT_IP_CHALLENGES_PER_HOUR: wholeNumber(1, most, 600),
  RATE_LIMIT_ACCOUNT_TICKETS_PER_HOUR: wholeNumber(1, most, 3_600),
  RATE_LIMIT_IP_MAILS_PER_HOUR: wholeNumber(1, most, 20),
  RATE_LIMIT_RECIPIENT_MAILS_PER_HOUR: wholeNumber(1, most, 5),
  GRAPHQL_INTROSPECTION: z.stringbool().optional().meta({ allowed: 'true or false' }),
  QUERY_MAX_TOKENS: wholeNumber(100, 100_000, 2_000),
  QUERY_MAX_DEPTH: wholeNumber(1, 100, 12),
  QUERY_MAX_COST: wholeNumber(100, most, 10_000),
  TRUSTED_DOCUMENTS: z.string().min(1).max(4_096).optional().meta({ allowed: 'the path of a file' }),
};

type Read = Readonly<z.output<z.ZodObject<typeof limitSettings>>>;

/** Groups the settings by the room that reads them. */
export function limitConfig(read: Read, production: boolean) {
  return {
    /** Null when attempts are not counted at all. */
    rateLimits: read.RATE_LIMITS
      ? {
          guessesPerMinute: read.RATE_LIMIT_GUESSES_PER_MINUTE,
          accountGuessesPerHour: read.RATE_LIMIT_ACCOUNT_GUESSES_PER_HOUR,
          accountSignInsPerHour: read.RATE_LIMIT_ACCOUNT_SIGN_INS_PER_HOUR,
          sessionGuessesPerHour: read.RATE_LIMIT_SESSION_GUESSES_PER_HOUR,
          ipGuessesPerHour: read.RATE_LIMIT_IP_GUESSES_PER_HOUR,
          ipRegistrationsPerHour: read.RATE_LIMIT_IP_REGISTRATIONS_PER_HOUR,
          ipChallengesPerHour: read.RATE_LIMIT_IP_CHALLENGES_PER_HOUR,
          accountTicketsPerHour: read.RATE_LIMIT_ACCOUNT_TICKETS_PER_HOUR,
          ipMailsPerHour: read.RATE_LIMIT_IP_MAILS_PER_HOUR,
          recipientMailsPerHour: read.RATE_LIMIT_RECIPIENT_MAILS_PER_HOUR,
        }
      : null,
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
