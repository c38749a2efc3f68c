// The audit trail, and the events that can happen: to an account, and by an operator to what belongs to no account.

import { sql } from 'drizzle-orm';
import { check, index, text, uuid } from 'drizzle-orm/pg-core';

import { hufu, moment, isOneOf } from './columns.js';
import { deviceKinds } from './kinds.js';
import { users } from './users.js';

/** The acts by their mutations' names, and what an operator does. */
export const securityEventKinds = [
  'REGISTER',
  'LOGIN',
  'LOGOUT',
  'END_SESSION',
  'END_OTHER_SESSIONS',
  'CONFIRM_IDENTITY',
  'SET_PASSWORD',
  'CHANGE_PASSWORD',
  'RESET_PASSWORD',
  'VERIFY_EMAIL',
  'REQUEST_EMAIL_CHANGE',
  'CONFIRM_EMAIL_CHANGE',
  'DELETE_ACCOUNT',
  'ADD_PASSKEY',
  'RENAME_PASSKEY',
  'REMOVE_PASSKEY',
  'ADD_TOTP',
  'REMOVE_FACTOR',
  'RENEW_RECOVERY_CODES',
  'USE_RECOVERY_CODE',
  'LINK_IDENTITY',
  'UNLINK_IDENTITY',
  'PROVIDER_LOGOUT',
  'OPERATOR_DISABLE',
  'OPERATOR_ENABLE',
  'OPERATOR_END_SESSIONS',
  'OPERATOR_RESET_FACTORS',
] as const;

export const securityEventOutcomes = [
  'SUCCEEDED',
  'WRONG_PASSWORD',
  'STEP_UP_REQUIRED',
  'TOO_MANY_ATTEMPTS',
  'ACCOUNT_DISABLED',
  'EMAIL_NOT_VERIFIED',
  'SESSION_LIMIT_REACHED',
  'EMAIL_TAKEN',
  'SECOND_FACTOR_REQUIRED',
  'WRONG_CODE',
  'WRONG_PASSKEY',
  'COPIED_PASSKEY',
  'IDENTITY_TAKEN',
  'LAST_WAY_IN',
] as const;

/** The outcomes of each act. */
export const outcomesOfKinds = {
  REGISTER: ['SUCCEEDED', 'EMAIL_TAKEN'],
  LOGIN: [
    'SUCCEEDED',
    'WRONG_PASSWORD',
    'TOO_MANY_ATTEMPTS',
    'ACCOUNT_DISABLED',
    'EMAIL_NOT_VERIFIED',
    'SESSION_LIMIT_REACHED',
    'SECOND_FACTOR_REQUIRED',
    'WRONG_CODE',
    'WRONG_PASSKEY',
    'COPIED_PASSKEY',
  ],
  LOGOUT: ['SUCCEEDED'],
  END_SESSION: ['SUCCEEDED'],
  END_OTHER_SESSIONS: ['SUCCEEDED'],
  CONFIRM_IDENTITY: [
    'SUCCEEDED',
    'WRONG_PASSWORD',
    'WRONG_CODE',
    'TOO_MANY_ATTEMPTS',
    'WRONG_PASSKEY',
    'COPIED_PASSKEY',
  ],
  SET_PASSWORD: ['SUCCEEDED', 'STEP_UP_REQUIRED'],
  CHANGE_PASSWORD: ['SUCCEEDED', 'WRONG_PASSWORD', 'TOO_MANY_ATTEMPTS'],
  RESET_PASSWORD: ['SUCCEEDED'],
  VERIFY_EMAIL: ['SUCCEEDED'],
  REQUEST_EMAIL_CHANGE: ['SUCCEEDED', 'STEP_UP_REQUIRED'],
  CONFIRM_EMAIL_CHANGE: ['SUCCEEDED'],
  DELETE_ACCOUNT: ['SUCCEEDED', 'STEP_UP_REQUIRED'],
  ADD_PASSKEY: ['SUCCEEDED', 'STEP_UP_REQUIRED'],
  RENAME_PASSKEY: ['SUCCEEDED'],
  REMOVE_PASSKEY: ['SUCCEEDED'],
  ADD_TOTP: ['SUCCEEDED', 'WRONG_CODE', 'STEP_UP_REQUIRED'],
  REMOVE_FACTOR: ['SUCCEEDED', 'STEP_UP_REQUIRED'],
  RENEW_RECOVERY_CODES: ['SUCCEEDED', 'STEP_UP_REQUIRED'],
  USE_RECOVERY_CODE: ['SUCCEEDED'],
  LINK_IDENTITY: ['SUCCEEDED', 'STEP_UP_REQUIRED', 'IDENTITY_TAKEN'],
  UNLINK_IDENTITY: ['SUCCEEDED', 'STEP_UP_REQUIRED', 'LAST_WAY_IN'],
  PROVIDER_LOGOUT: ['SUCCEEDED'],
  OPERATOR_DISABLE: ['SUCCEEDED'],
  OPERATOR_ENABLE: ['SUCCEEDED'],
  OPERATOR_END_SESSIONS: ['SUCCEEDED'],
  OPERATOR_RESET_FACTORS: ['SUCCEEDED'],
} as const satisfies Record<
  (typeof securityEventKinds)[number],
  readonly (typeof securityEventOutcomes)[number][]
>;

const happenings = Object.entries(outcomesOfKinds)
  .flatMap(([kind, outcomes]) => outcomes.map((outcome) => `${kind} ${outcome}`))
  .join(',');

/** The audit trail: who did what, from where, and with what outcome. A session may be purged before its events. */
export const securityEvents = hufu.table(
  'security_events',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    sessionId: uuid('session_id'),
    kind: text('kind', { enum: securityEventKinds }).notNull(),
    outcome: text('outcome', { enum: securityEventOutcomes }).notNull(),
    deviceKind: text('device_kind', { enum: deviceKinds }),
    deviceName: text('device_name'),
    userAgent: text('user_agent'),
    ip: text('ip'),
    at: moment('at').notNull(),
  },
  (table) => [
    index('security_events_by_user').on(table.userId, table.at, table.id),
    index('security_events_by_time').on(table.at),
    // One constant: PostgreSQL reads the text of a condition again for each statement that writes, and a list of pairs takes
    // it 0.2 ms of CPU.
    check(
      'security_events_outcome_of_kind',
      sql`${table.kind} || ' ' || ${table.outcome} = any('{${sql.raw(happenings)}}'::text[])`,
    ),
    check('security_events_device_kind', isOneOf(table.deviceKind, deviceKinds)),
  ],
);

/** The acts of operators on records that belong to no user's account. */
export const operatorActs = [
  'SERVICE_CREATE',
  'SERVICE_ROTATE',
  'SERVICE_DISABLE',
  'SERVICE_ENABLE',
  'KEY_ROTATE',
  'KEY_REVOKE',
] as const;

/** The audit trail of operators' acts, for operators to read. */
export const operatorEvents = hufu.table(
  'operator_events',
  {
    id: uuid('id').primaryKey(),
    act: text('act', { enum: operatorActs }).notNull(),
    /** The record of the act, such as the name of a service account. */
    subject: text('subject').notNull(),
    at: moment('at').notNull(),
  },
  (table) => [
    index('operator_events_by_time').on(table.at),
    check('operator_events_act', isOneOf(table.act, operatorActs)),
  ],
);
