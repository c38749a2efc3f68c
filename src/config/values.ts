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

/** The same for a setting whose default depends on others. */
export const wholeNumberOrNone = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most)
    .optional()
    .meta({ allowed: `a whole number from ${String(least)} to ${String(most)}` });

/** A TCP port; 0 takes a free one. */
export const portOrNone = wholeNumberOrNone(0, 65_535);

export const oneOf = <const T extends [string, ...string[]]>(values: T, standard: T[number]) =>
  z
    .enum(values)
    .default(standard)
    .meta({ allowed: `one of ${values.join(', ')}` });

export const text = (standard: string) =>
  z.string().min(1).max(255).default(standard).meta({ allowed: 'a text of 1 to 255 characters' });

/** The parts of a list; a comma too many is passed over. */
export function listOf(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
