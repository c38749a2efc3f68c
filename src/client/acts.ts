// The acts that may replace the token of this device: the order in which they run, and which of their sessions is kept.

import { readOpened } from './answers.js';
import { logoutDocument } from './documents.js';
import { type LogoutMutation } from './generated.js';
import { type LocalState } from './localState.js';
import { type Send, withRetries } from './request.js';
import { sessionOf, type SessionState, tokenOf } from './store.js';
import { type Tabs } from './tabs.js';

/** Keeps the session that a result opens, if it opens one. `sent` is the state whose token the request carried. */
type KeepSession = (result: unknown, sent: SessionState) => void;

export interface Acts {
  /** Runs an act when those before it are over, and keeps the session that its answer opens. */
  run<Data extends object>(work: (token: string | null) => Promise<Data>): Promise<Data>;
  /** Notes that a request begins that may open a session. The returned function handles its results. */
  begin(): KeepSession;
  /** Signs out on this device at once, and then on the server. An act under way does not sign in any more. */
  logout(): Promise<void>;
}

export function createActs(local: LocalState, tabs: Tabs, send: Send): Acts {
  let lastAct: Promise<unknown> = Promise.resolve();
  let signOuts = 0;
  /** Numbers the acts in the order in which they began. */
  let begun = 0;
  /** The number of the act whose session was kept last. */
  let kept = 0;

  /** False once the person has signed out in another tab, or another person has signed in there. */
  const stillHolds = (sent: SessionState) => {
    const state = local.current();
    return state.status === 'signedIn'
      ? state.sessionId === sessionOf(sent)
      : state.ended?.reason !== 'LOGGED_OUT';
  };

  const endOnServer = (token: string) =>
    withRetries(() => send<LogoutMutation>({ document: logoutDocument, token, keepalive: true }));

  /**
   * The newest sign-in wins, whichever answer arrives last: the session of an act is ended instead of kept if a later act has
   * signed in, or the person has signed out meanwhile.
   */
  const begin = (): KeepSession => {
    const signOutsBefore = signOuts;
    const number = (begun += 1);
    return (result, sent) => {
      const opened = readOpened(result);
      if (opened === null) return;
      local.synchronize();
      const isNewest = opened.isReplacement ? stillHolds(sent) : number > kept;
      if (signOuts === signOutsBefore && isNewest) {
        kept = Math.max(kept, number);
        local.change(opened.state);
      }
      // A repeated attempt gives another token of the same session, so sessions are compared and not tokens.
      else if (sessionOf(local.current()) !== opened.state.sessionId)
        endOnServer(opened.state.token).catch(() => undefined);
    };
  };

  return {
    begin,
    run(work) {
      const keep = begin();
      const act = lastAct.then(() =>
        tabs.act(async () => {
          local.synchronize();
          const sent = local.current();
          const data = await work(tokenOf(sent));
          for (const result of Object.values(data)) keep(result, sent);
          return data;
        }),
      );
      lastAct = act.catch(() => undefined);
      return act;
    },
    async logout() {
      signOuts += 1;
      local.synchronize();
      const token = tokenOf(local.current());
      if (token === null) return;
      local.change({ status: 'signedOut', ended: { reason: 'LOGGED_OUT', at: null, by: null } });
      const isEnded = endOnServer(token);
      // The next sign-in waits until the server has ended this session.
      lastAct = Promise.allSettled([lastAct, isEnded]);
      await isEnded;
    },
  };
}
