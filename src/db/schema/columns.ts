// The parts that the tables share: their PostgreSQL schema and their kinds of columns.

import { sql } from 'drizzle-orm';
import { type AnyPgColumn, customType, pgSchema, timestamp } from 'drizzle-orm/pg-core';

// The index does not export it: the generator would then write a `create schema`, which fails where an operator has made
// the schema for a role that may not. Migrating makes it where it is missing.
export const hufu = pgSchema('hufu');

/** Milliseconds, as JavaScript's Date and the contract's DateTime have them. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

/** The id of a transaction of PostgreSQL, as digits. */
export const transactionId = customType<{ data: string }>({ dataType: () => 'xid8' });

/** The condition of a column that has one of a list of values. */
export const isOneOf = (column: AnyPgColumn, values: readonly string[]) =>
  sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(', '))})`;

/** The condition of a column that has an array with at least one of a list of values, and no other. */
export const isSubsetOf = (column: AnyPgColumn, values: readonly string[]) =>
  sql`${column} <> '{}' and ${column} <@ array[${sql.raw(values.map((value) => `'${value}'`).join(', '))}]::text[]`;
