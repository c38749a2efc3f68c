// What the audit trail has of one security event. Only what a person may read of their own account: never a password,
// a token, or an address that was typed.

import { type deviceKinds, type securityEvents } from '../db/schema.js';
import {
  type outcomesOfKinds,
  type securityEventKinds,
  type securityEventOutcomes,
} from '../db/securityEventKinds.js';

export type SecurityEventKind = (typeof securityEventKinds)[number];
export type SecurityEventOutcome = (typeof securityEventOutcomes)[number];

export interface SecurityEvent {
  readonly id: string;
  readonly userId: string;
  /** The session that asked for it, or that a sign-in opened; null where there was none. It may have been purged. */
  readonly sessionId: string | null;
  readonly kind: SecurityEventKind;
  readonly outcome: SecurityEventOutcome;
  /** Null where the act says nothing of it. */
  readonly device: EventDevice | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly at: Date;
}

export interface EventDevice {
  readonly kind: (typeof deviceKinds)[number];
  readonly name: string | null;
}

/** Where it came from; either part may be unknown. */
export interface EventClient {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

type Outcomes = typeof outcomesOfKinds;

/** A kind with an outcome that it can have. */
export type Happening = {
  readonly [Kind in SecurityEventKind]: { readonly kind: Kind; readonly outcome: Outcomes[Kind][number] };
}[SecurityEventKind];

/** The acts that ask for a password. */
export type GuardedKind = {
  readonly [Kind in SecurityEventKind]: 'WRONG_PASSWORD' extends Outcomes[Kind][number] ? Kind : never;
}[SecurityEventKind];

/** The columns that tell where an event came from. */
export function clientColumns(device: EventDevice | null, { ip, userAgent }: EventClient) {
  return {
    deviceKind: device?.kind ?? null,
    deviceName: device?.name ?? null,
    userAgent,
    ip,
  };
}

export function toSecurityEvent(row: typeof securityEvents.$inferSelect): SecurityEvent {
  return {
    id: row.id,
    userId: row.userId,
    sessionId: row.sessionId,
    kind: row.kind,
    outcome: row.outcome,
    device: row.deviceKind === null ? null : { kind: row.deviceKind, name: row.deviceName },
    userAgent: row.userAgent,
    ipAddress: row.ip,
    at: row.at,
  };
}
