// What every client asked and was told, with the times of one clock: what the checker reads.

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
  /** `SERVICE_UNAVAILABLE`, or no answer: it may have been carried out. */
  | { readonly kind: 'unavailable' }
  /** An answer that no client may get. */
  | { readonly kind: 'unexpected'; readonly answer: string };

export interface Refusal {
  readonly kind: 'refused';
  readonly reason: string;
  /** The device that took the session's place, by the unique name that it gave; null where none did. */
  readonly by: string | null;
}

export interface Operation {
  readonly account: string;
  readonly node: string;
  /** The session whose token was sent; null where none was. */
  readonly session: string | null;
  readonly act: Act;
  readonly startedAt: Time;
  /** When the answer was there, or the client gave up. */
  readonly endedAt: Time;
  readonly result: Result;
}

/** One websocket of a session, from the moment at which its subscription was set up. */
export interface Watch {
  readonly account: string;
  readonly node: string;
  readonly session: string;
  readonly startedAt: Time;
  /** Each event, or the refusal that came in its place, in the order in which they came. */
  readonly told: readonly { readonly at: Time; readonly refusal: Refusal }[];
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
  /** How many live sessions an account may have; every account has one slot for each. */
  readonly limit: number;
  /** When the run ended, all faults were over and every device had had its time to be told. */
  readonly endedAt: Time;
}
