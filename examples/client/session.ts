import { createSession, reasonSentence } from 'hufu/client';

/** Shows whether the user is signed in, or why the session ended: at once, in every tab. */
export function startSession(url: string, show: (sentence: string) => void) {
  const session = createSession({ url, storage: 'localStorage', device: { kind: 'WEB', name: 'Firefox' } });
  session.subscribe(() => {
    const state = session.getSnapshot();
    if (state.status === 'signedIn') show('You are signed in.');
    else if (state.ended !== null) show(reasonSentence(state.ended, 'en'));
  });
  return session;
}
