// Ends all that is live of a person.

import { type Tx } from '../db/database.js';
import { endSessions } from './end.js';
import { endWhatLapsed } from './expire.js';
import { type SessionPolicy } from './slots.js';
import { type EndReason, type Session } from './types.js';

export interface EndedSessions {
  /** Those that were live and were ended for the reason, newest first. */
  readonly ended: readonly Session[];
  /** When they ended. */
  readonly at: Date;
  /** Those, and what time had ended already without anybody noting it: to be published after the commit. */
  readonly toPublish: readonly Session[];
}

/** Ends every session of a user whose lock the caller holds. */
export async function endEverySession(
  tx: Tx,
  policy: SessionPolicy,
  userId: string,
  reason: EndReason,
  now: Date,
): Promise<EndedSessions> {
  const { live, lapsed, at } = await endWhatLapsed(tx, policy, userId, now);
  const ids = live.map(({ id }) => id);
  const ended = (await endSessions(tx, ids, reason, at)).toSorted(
    (a, b) => b.signedInAt.getTime() - a.signedInAt.getTime() || (a.id < b.id ? 1 : -1),
  );
  return { ended, at, toPublish: [...lapsed, ...ended] };
}
