// The kinds of settings: each reads a variable's text, and describes the values that are allowed.

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

/** Splits a list at its commas, and drops empty parts. */
export function listOf(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
