// Where a client keeps its session: in memory, or in `localStorage`, where all tabs of the origin share it.

import { platform, storageOf } from './platform.js';
import { type Ended, readEnded } from './reasons.js';

export interface SignedInState {
  readonly status: 'signedIn';
  readonly token: string;
  readonly sessionId: string;
  /** Null where an operation of the app's own signed in and did not ask for the user. */
  readonly userId: string | null;
}

export interface SignedOutState {
  readonly status: 'signedOut';
  /** Why the session ended; null where none has ended on this device. */
  readonly ended: Ended | null;
}

export type SessionState = SignedInState | SignedOutState;

export const notSignedIn: SessionState = { status: 'signedOut', ended: null };

export function tokenOf(state: SessionState): string | null {
  return state.status === 'signedIn' ? state.token : null;
}

export function sessionOf(state: SessionState): string | null {
  return state.status === 'signedIn' ? state.sessionId : null;
}

export interface SessionStore {
  /** Returns the state that was written last; null where there is none. */
  read(): SessionState | null;
  write(state: SessionState): void;
  /** Calls the listener when another tab has written; the returned function ends that. */
  onChange(listener: () => void): () => void;
  /** The name of the locks by which the tabs that share the store agree; null where no other tab shares it. */
  readonly sharedName: string | null;
}

export function memoryStore(): SessionStore {
  let kept: SessionState | null = null;
  return {
    read: () => kept,
    write(state) {
      kept = state;
    },
    onChange: () => () => undefined,
    sharedName: null,
  };
}

/** Keeps the session in `localStorage` under a key; in memory where the browser has none or denies it. */
export function localStore(key = 'hufu'): SessionStore {
  const storage = storageOf('localStorage');
  if (storage === null) return memoryStore();
  /** The state that a full or denied storage has not taken. It lasts as long as the page. */
  let unwritten: SessionState | null = null;
  /** Removes an older session: the next page must not take it over, since it may be over, or another person's. */
  const remove = () => {
    try {
      storage.removeItem(key);
    } catch {
      // Denied: nothing can be done about it.
    }
  };
  return {
    read() {
      if (unwritten !== null) return unwritten;
      try {
        return parseState(storage.getItem(key));
      } catch {
        return null;
      }
    },
    write(state) {
      try {
        storage.setItem(key, JSON.stringify(state));
        unwritten = null;
      } catch {
        unwritten = state;
        remove();
      }
    },
    onChange(listener) {
      // A null key says that everything was removed.
      const onStorage = (event: { readonly key: string | null }) => {
        if (event.key !== key && event.key !== null) return;
        unwritten = null;
        listener();
      };
      platform.addEventListener?.('storage', onStorage);
      // The browser may keep a page for its button "Back"; meanwhile that page gets no `storage` events.
      platform.addEventListener?.('pageshow', listener);
      return () => {
        platform.removeEventListener?.('storage', onStorage);
        platform.removeEventListener?.('pageshow', listener);
      };
    },
    sharedName: `hufu:${key}`,
  };
}

/** Reads the state that a tab has written; null where the text is no state. */
function parseState(text: string | null): SessionState | null {
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { status, token, sessionId, userId, ended } = Object(value) as Partial<
    Record<keyof SignedInState | keyof SignedOutState, unknown>
  >;
  if (status === 'signedIn' && typeof token === 'string' && typeof sessionId === 'string')
    return { status, token, sessionId, userId: typeof userId === 'string' ? userId : null };
  return status === 'signedOut' ? { status, ended: readEnded(ended) } : null;
}
