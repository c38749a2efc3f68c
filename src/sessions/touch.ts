// Notes that a session is in use, outside the answer's way, and seldom: once a minute, or a tenth of the time after
// which it counts as idle.

import { and, eq, isNull, lt } from 'drizzle-orm';

import { sessions } from '../db/schema.js';
import { type SessionPolicy } from './slots.js';
import { type SessionServices } from './services.js';
import { type Session } from './types.js';

const minuteMs = 60_000;

/** Writes `last_seen_at` when it is due. Never on an ended row: a tombstone stays as it is. */
export function touch(services: SessionServices, session: Session, now: Date): void {
  if (session.lastSeenAt.getTime() > now.getTime() - touchIntervalMs(services.policy)) return;

  services.background.run(
    'note that a session is in use',
    () =>
      services.database.read((db) =>
        db
          .update(sessions)
          .set({ lastSeenAt: now })
          .where(and(eq(sessions.id, session.id), isNull(sessions.endedAt), lt(sessions.lastSeenAt, now))),
      ),
    session.id,
  );
}

function touchIntervalMs(policy: SessionPolicy): number {
  return policy.idleSeconds === 0 ? minuteMs : Math.min(minuteMs, policy.idleSeconds * 100);
}
