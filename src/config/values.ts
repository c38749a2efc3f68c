// The kinds of settings: how a variable's text is read, and the words that say what is allowed.

import { z } from 'zod';

export const wholeNumber = (least: number, most: number, standard: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most)
    .default(standard)
    .meta({ allowed: `a whole number from ${String(least)} to ${String(most)}` });

/** A TCP port; 0 takes a free one. */
export const portOrNone = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((port) => port <= 65_535)
  .optional()
  .meta({ allowed: 'a whole number from 0 to 65535' });

export const oneOf = <const T extends [string, ...string[]]>(values: T, standard: T[number]) =>
  z
    .enum(values)
    .default(standard)
    .meta({ allowed: `one of ${values.join(', ')}` });

export const text = (standard: string) =>
  z.string().min(1).max(255).default(standard).meta({ allowed: 'a text of 1 to 255 characters' });
