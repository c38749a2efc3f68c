// Coordinates the clients that share a session: one of them watches it for all, and its end is handled once no act that
// may replace the token is under way in any of them. A browser may freeze a tab at any time, with the locks that it holds: no
// other tab waits for it without an end.

import { type Locks, onWake, platform, withDeadline } from './platform.js';

/** The work that one tab does for all. */
export interface LedWork {
  stop(): void;
  /** The page may have slept, and what it waits for may have gone. */
  wake(): void;
}

export interface Tabs {
  /** Runs an act that may replace the token, after {@link maxWaitMs} at the latest. */
  act<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when no such act is under way any more, or after {@link maxWaitMs}. */
  settled(): Promise<void>;
  /**
   * Begins the work when no other tab does it, or the one that does it does not run. The returned function ends the work, or
   * the waiting for it.
   */
  lead(begin: () => LedWork): () => void;
}

/** How long an end waits at most for acts that are under way, in milliseconds: one of them may hang. */
const maxWaitMs = 5_000;

/**
 * The pause before another tab takes over the work that one tab has ended, in milliseconds: the others first hear why it
 * ended, and may not want it any more.
 */
const handOverMs = 250;

/**
 * How often a waiting tab asks whether the leading one runs, in milliseconds, and how long it waits for the answer. The browser
 * freezes background tabs, and suspends their processes, without releasing their locks.
 */
const askMs = 20_000;
const answerMs = 3_000;

/** @param sharedName null where the client shares its session with no other */
export function createTabs(sharedName: string | null): Tabs {
  const locks = platform.navigator?.locks;
  return sharedName === null || locks === undefined ? oneTab() : lockedTabs(sharedName, locks);
}

function oneTab(): Tabs {
  const acts = new Set<Promise<unknown>>();
  return {
    async act(work) {
      const act = work();
      acts.add(act);
      try {
        return await act;
      } finally {
        acts.delete(act);
      }
    },
    async settled() {
      if (acts.size === 0) return;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const timeout = new Promise((resolve) => (timer = setTimeout(resolve, maxWaitMs)));
      await Promise.race([Promise.allSettled(acts), timeout]);
      clearTimeout(timer);
    },
    lead(begin) {
      const { stop, wake } = begin();
      const stopWaking = onWake(wake);
      return () => {
        stopWaking();
        stop();
      };
    },
  };
}

function lockedTabs(name: string, locks: Locks): Tabs {
  return {
    act<T>(work: () => Promise<T>) {
      let act: Promise<T> | undefined;
      return withDeadline(maxWaitMs, (signal) =>
        locks.request(`${name}:act`, { mode: 'shared', signal }, () => (act = work())),
      ).catch(() => act ?? work());
    },
    async settled() {
      const wait = (signal: AbortSignal) => locks.request(`${name}:act`, { signal }, () => Promise.resolve());
      await withDeadline(maxWaitMs, wait).catch(() => undefined);
    },
    lead: (begin) => leadInTurn(`${name}:watch`, locks, begin),
  };
}

/** Leads once the lock is free, or the tab that holds it does not answer. */
function leadInTurn(name: string, locks: Locks, begin: () => LedWork): () => void {
  let isOver = false;
  /** The work of this tab while it leads. */
  let led: LedWork | null = null;
  let release: () => void = () => undefined;
  let waiting = new AbortController();

  const run = () => {
    if (isOver) return Promise.resolve();
    led?.stop();
    led = begin();
    return new Promise<void>((resolve) => (release = resolve));
  };
  /** Another tab has taken the lock, since this one did not run. */
  const onTaken = () => {
    if (isOver || led === null) return;
    led.stop();
    led = null;
    wait();
  };
  const wait = () => {
    waiting = new AbortController();
    const { signal } = waiting;
    locks.request(name, { signal }, run).catch(() => {
      if (!signal.aborted) onTaken();
    });
  };
  const rollCall = callRoll(
    name,
    () => led,
    () => {
      waiting.abort();
      locks.request(name, { steal: true }, run).catch(onTaken);
    },
  );
  wait();

  return () => {
    isOver = true;
    rollCall.stop();
    waiting.abort();
    led?.stop();
    setTimeout(release, handOverMs);
  };
}

/**
 * Asks the leading tab from time to time whether it runs, and answers for this one while that leads.
 *
 * @param led gives the work of this tab while it leads
 * @param onSilence the leading tab has not answered
 */
function callRoll(name: string, led: () => LedWork | null, onSilence: () => void) {
  const { BroadcastChannel } = platform;
  if (BroadcastChannel === undefined) return { stop: () => undefined };
  const channel = new BroadcastChannel(name);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const askLater = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, askMs * (0.5 + Math.random() / 2), 'ask');
  };
  const ask = (question: 'ask' | 'wake') => {
    clearTimeout(timer);
    const work = led();
    if (work !== null) {
      if (question === 'wake') work.wake();
      askLater();
      return;
    }
    const askedAt = performance.now();
    channel.postMessage(question);
    timer = setTimeout(() => {
      // This tab itself did not run meanwhile, and has not read the answer yet.
      if (performance.now() - askedAt > 2 * answerMs) {
        ask('ask');
        return;
      }
      if (led() === null) onSilence();
      askLater();
    }, answerMs);
  };
  channel.onmessage = ({ data }) => {
    const work = led();
    if (data === 'here') askLater();
    else if (work !== null) {
      channel.postMessage('here');
      if (data === 'wake') work.wake();
    }
  };
  askLater();
  const stopWaking = onWake(() => {
    ask('wake');
  });
  return {
    stop() {
      clearTimeout(timer);
      stopWaking();
      channel.close();
    },
  };
}
