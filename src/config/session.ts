// Settings of sessions: how many a user may have, how long they live, and for how long they and the audit trail are kept.

import { type z } from 'zod';

import { oneOf, wholeNumber } from './values.js';

const year = 31_536_000;

export const sessionSettings = {
  SESSION_TTL_SECONDS: wholeNumber(1, year, 2_592_000),
  SESSION_LIMIT: wholeNumber(0, 1_000, 1),
  SESSION_SCOPE: oneOf(['user', 'device'], 'user'),
  SESSION_OVERFLOW: oneOf(['supersede', 'refuse', 'ask'], 'supersede'),
  SESSION_IDLE_SECONDS: wholeNumber(0, year, 0),
  SESSION_HISTORY_DAYS: wholeNumber(0, 36_500, 90),
  SECURITY_EVENTS_DAYS: wholeNumber(1, 36_500, 365),
};

type Read = Readonly<z.output<z.ZodObject<typeof sessionSettings>>>;

export function sessionConfig(read: Read) {
  return {
    session: {
      limit: read.SESSION_LIMIT,
      scope: read.SESSION_SCOPE,
      overflow: read.SESSION_OVERFLOW,
      ttlSeconds: read.SESSION_TTL_SECONDS,
      idleSeconds: read.SESSION_IDLE_SECONDS,
    },
    retention: {
      sessionHistoryDays: read.SESSION_HISTORY_DAYS,
      securityEventsDays: read.SECURITY_EVENTS_DAYS,
    },
  } as const;
}
