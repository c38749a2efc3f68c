// Writes an event in the transaction of what happened, so that neither is there without the other.

import { randomUUID } from 'node:crypto';

import { type Tx } from '../db/database.js';
import { securityEvents } from '../db/schema.js';
import { type EventDevice, type EventClient, type Happening, clientColumns } from './events.js';

export type RecordedEvent = Happening & {
  readonly userId: string;
  /** The session that asks for it, or that a sign-in has opened; null where there is none. */
  readonly sessionId: string | null;
  /** Null where the act says nothing of it. */
  readonly device: EventDevice | null;
  readonly clientInfo: EventClient;
};

/** The caller holds the user's lock. */
export async function recordEvent(tx: Tx, event: RecordedEvent, now: Date): Promise<void> {
  await recordEvents(tx, [event], now);
}

/** The same for several events, in one statement. */
export async function recordEvents(tx: Tx, events: readonly RecordedEvent[], now: Date): Promise<void> {
  if (events.length === 0) return;
  await tx.insert(securityEvents).values(
    events.map(({ userId, sessionId, kind, outcome, device, clientInfo }) => ({
      id: randomUUID(),
      userId,
      sessionId,
      kind,
      outcome,
      ...clientColumns(device, clientInfo),
      at: now,
    })),
  );
}
