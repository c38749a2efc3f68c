// Ends the session that a request came with.

import { recordEvent } from '../audit/record.js';
import { endSessions } from './end.js';
import { lockSession } from './lock.js';
import { expiredReason } from './slots.js';
import { type SessionServices } from './services.js';
import { type ClientInfo, type Session } from './types.js';

/**
 * Ends the session as LOGGED_OUT, and gives it back ended. Null when it was no longer live: whatever took its place
 * is left alone, and what time had ended meanwhile ends for that reason.
 *
 * @throws DatabaseUnavailable when it cannot be ended
 */
export async function logout(
  services: SessionServices,
  session: Session,
  clientInfo: ClientInfo,
): Promise<Session | null> {
  const ended = await services.database.transact(async (tx) => {
    const locked = await lockSession(tx, session);
    if (locked === null) return [];
    const now = services.clock.now();
    const expired = expiredReason(locked.session, services.policy, now);
    if (expired !== null) return endSessions(tx, [session.id], expired.reason, expired.at);
    const { id: sessionId, userId, device } = session;
    const event = { kind: 'LOGOUT', outcome: 'SUCCEEDED', userId, sessionId, device, clientInfo } as const;
    await recordEvent(tx, event, now);
    return endSessions(tx, [sessionId], 'LOGGED_OUT', now);
  });
  services.endEvents.publish(ended);
  return ended.find(({ endReason }) => endReason === 'LOGGED_OUT') ?? null;
}
