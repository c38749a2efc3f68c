// Sessions outside the database: plain values, never rows.

import type { endReasons } from '../db/schema/kinds.js';
import type { AuthenticationMethod, Device, User } from '../users/types.js';

/** Why a session ended; kept in its row. */
export type EndReason = (typeof endReasons)[number];

/** Why a request is signed out: what the token alone can tell, or why its session ended. */
export type SignedOutReason = 'NO_TOKEN' | 'INVALID_TOKEN' | EndReason;

export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly slot: string;
  readonly device: Device;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  /** The methods of the proof that opened it; at least one. */
  readonly methods: readonly AuthenticationMethod[];
  /** When the person last proved who they are. */
  readonly provedAt: Date;
  readonly signedInAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  /** Null while the session is live; then `endReason` is null as well. */
  readonly endedAt: Date | null;
  readonly endReason: EndReason | null;
  /** The id of the session that took its place, where one did. */
  readonly supersededBy: string | null;
}

/** The state of a request's session, by its token and its row. */
export type SessionOutcome =
  | { readonly kind: 'anonymous' }
  | RejectedSession
  | { readonly kind: 'active'; readonly session: Session; readonly user: User }
  /** The database cannot answer: whether the token is good is not known. */
  | { readonly kind: 'unavailable' };

export interface RejectedSession {
  readonly kind: 'rejected';
  readonly reason: SignedOutReason;
  /** The session that ended; null where the token names none on record. */
  readonly sessionId: string | null;
  /** When the session ended; null where the token's signature did not verify. */
  readonly at: Date | null;
  /** The device that took its place, for SUPERSEDED. */
  readonly by: Device | null;
  /** Set where the credentials have not even the form of a token: the client is told how to send one. */
  readonly isMalformed?: true;
}
