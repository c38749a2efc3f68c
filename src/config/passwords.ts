// Settings of passwords: the rules for new ones, and how many are hashed at once.

import { z } from 'zod';

import { wholeNumber, wholeNumberOrNone } from './values.js';

export const passwordSettings = {
  PASSWORD_MIN_LENGTH: wholeNumber(8, 64, 8),
  HASH_CONCURRENCY: wholeNumberOrNone(1, 1_024),
  PASSWORD_BREACHED_FILE: z.string().optional().meta({ allowed: 'the path of a file' }),
  PASSWORD_BREACHED_API: z
    .string()
    .refine((value) => /^https?:\/\/[^\s?#]+\/$/.test(value) && URL.canParse(value))
    .optional()
    .meta({ allowed: 'a URL that ends with a slash, such as https://api.pwnedpasswords.com/range/' }),
};

type Read = Readonly<z.output<z.ZodObject<typeof passwordSettings>>>;

export function passwordConfig(read: Read) {
  return {
    passwords: {
      minLength: read.PASSWORD_MIN_LENGTH,
      /** How many passwords are hashed at once; null for what cores and memory allow. */
      hashConcurrency: read.HASH_CONCURRENCY ?? null,
      /** A file of breached passwords; null for none. */
      breachedFile: read.PASSWORD_BREACHED_FILE ?? null,
      /** The URL of a range API of breached passwords; null for none. */
      breachedApi: read.PASSWORD_BREACHED_API ?? null,
    },
  } as const;
}
