// Settings of the numbers of attempts.

import { z } from 'zod';

import { wholeNumber } from './values.js';

const most = 1_000_000;

export const rateLimitSettings = {
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
};

type Read = Readonly<z.output<z.ZodObject<typeof rateLimitSettings>>>;

export function rateLimitConfig(read: Read) {
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
  } as const;
}
