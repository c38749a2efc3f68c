// The entry `hufu/client/react`: a session in React.

import { useSyncExternalStore } from 'react';

import { type HufuSession, type UnknownState } from './hufuSession.js';
import { type SessionState } from './store.js';

/**
 * Returns the state of the device's session, and renders again when that changes, in any tab. A page that a
 * server renders has the status `unknown`, until the browser takes over.
 */
export function useSession(session: HufuSession): SessionState | UnknownState {
  return useSyncExternalStore<SessionState | UnknownState>(
    session.subscribe,
    session.getSnapshot,
    session.getServerSnapshot,
  );
}
