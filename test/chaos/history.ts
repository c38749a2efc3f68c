// The history that the checker reads: every request and answer of the clients, with the times of one clock.

/** Milliseconds since the run began. */
export type Time = number;

export type Act =
  | {
      readonly kind: 'register' | 'login';
      readonly password: string;
      readonly key: string;
      readonly device: string;
    }
  | { readonly kind: 'me' }
  | { readonly kind: 'logout' }
  | { readonly kind: 'endSession'; readonly target: string }
  | { readonly kind: 'endOtherSessions' }
  | { readonly kind: 'changePassword'; readonly password: string; readonly newPassword: string };

export type Result =
  | {
      readonly kind: 'signedIn';
      readonly session: string;
      readonly token: string;
      readonly ended: readonly string[];
    }
  /** Done, or answered, for the token's own session. */
  | { readonly kind: 'done'; readonly ended: readonly string[] }
  | Refusal
  /** A logout that found no live session: there was nothing to end. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wrongPassword' }
  | { readonly kind: 'notFound' }
  /** `SERVICE_UNAVAILABLE` or no answer: the operation may have taken effect. */
  | { readonly kind: 'unavailable' }
  /** An answer that no client may get. */
  | { readonly kind: 'unexpected'; readonly answer: string };

export interface Refusal {
  readonly kind: 'refused';
  readonly reason: string;
  /** The unique name of the device that superseded the session; null if none did. */
  readonly by: string | null;
}

export interface Operation {
  readonly account: string;
  readonly node: string;
  /** The session whose token was sent; null without a token. */
  readonly session: string | null;
  readonly act: Act;
  readonly startedAt: Time;
  /** The time at which the answer arrived or the client gave up. */
  readonly endedAt: Time;
  readonly result: Result;
}

/** One websocket of a session, from the moment at which its subscription was set up. */
export interface Watch {
  readonly account: string;
  readonly node: string;
  readonly session: string;
  readonly startedAt: Time;
  /** Each event, or the refusal in its place, in the order of arrival. */
  readonly events: readonly { readonly at: Time; readonly refusal: Refusal }[];
  /** How the socket closed; null while it is open. */
  readonly closed: { readonly at: Time; readonly code: number; readonly reason: string } | null;
}

export interface Fault {
  readonly name: string;
  readonly startedAt: Time;
  readonly endedAt: Time;
}

/** A session's row at the end of the run. */
export interface SessionRow {
  readonly id: string;
  readonly account: string;
  readonly slot: string;
  readonly key: string | null;
  readonly signedInAt: Date;
  readonly endedAt: Date | null;
  readonly reason: string | null;
  readonly supersededBy: string | null;
}

export interface History {
  readonly operations: readonly Operation[];
  readonly watches: readonly Watch[];
  readonly faults: readonly Fault[];
  readonly rows: readonly SessionRow[];
  /** The number of live sessions that an account may have. */
  readonly limit: number;
  /** The time at which the run ended: all faults are over, and every device had time to be notified. */
  readonly endedAt: Time;
}
