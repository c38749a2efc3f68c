// Ends all that is live of a person.

import { type Tx } from '../db/database.js';
import { endLiveSessions, type Ending } from './endMany.js';
import { type SessionPolicy } from './slots.js';
import { type Session } from './types.js';

export interface EndedSessions {
  /** Those that were live and were ended for the reason, newest first. There is a bound: older ones may be missing. */
  readonly ended: readonly Session[];
  /** When to say that what follows happened: later than those that ended began. */
  readonly at: Date;
  /** What to publish after the commit. */
  readonly toPublish: ToPublish;
}

export interface ToPublish {
  /** Those that ended, those that time had ended included. */
  readonly sessions: readonly Session[];
  /** The user whose other sessions ended as well; null where there were none. */
  readonly everyOf: string | null;
}

/** Ends every session of a user whose lock the caller holds. */
export async function endAllSessions(
  tx: Tx,
  policy: SessionPolicy,
  userId: string,
  reason: Ending['reason'],
  now: Date,
  except: string | null = null,
): Promise<EndedSessions> {
  const { ended, at, marked } = await endLiveSessions(tx, policy, { userId, reason, except }, now);
  return {
    at,
    ended: ended.filter(({ endReason }) => endReason === reason),
    toPublish: { sessions: ended, everyOf: marked ? userId : null },
  };
}
