// Ends the session that a request came with.

import { endSessions } from './end.js';
import { lockLiveSession } from './lock.js';
import { type SessionServices } from './services.js';
import { type Session } from './types.js';

/**
 * Ends the session as LOGGED_OUT, and gives it back ended. Null when it was no longer live: whatever took its place
 * is left alone.
 *
 * @throws DatabaseUnavailable when it cannot be ended
 */
export async function logout(services: SessionServices, session: Session): Promise<Session | null> {
  const ended = await services.database.transact(async (tx) => {
    if ((await lockLiveSession(tx, session)) === null) return [];
    return endSessions(tx, [session.id], 'LOGGED_OUT', services.clock.now());
  });
  services.news.publish(ended);
  return ended[0] ?? null;
}
