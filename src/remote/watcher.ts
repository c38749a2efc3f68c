// Watches sessions for a host's streams. A stream ends with its session: the feed reports every end. Where
// the feed has been silent for too long, the end cannot be known, and every stream ends.

import type { Authenticator } from './authenticate.js';
import type { FeedReader } from './feedReader.js';
import { type RemoteEnd, unavailable } from './outcome.js';

export interface Watcher {
  /**
   * Watches the session of a token until it ends or the returned function is called. An end that came before is reported too.
   *
   * @param ended called once; `unavailable` where Hufu cannot tell any more whether the session is live
   */
  watch(sessionId: string, token: string, ended: (end: RemoteEnd) => void): () => void;
  stop(): void;
}

export interface WatcherOptions {
  readonly feed: Pick<FeedReader, 'on' | 'start' | 'isLive'>;
  readonly ask: Authenticator['ask'];
  /** For how long the end may be unknown. */
  readonly maxSilenceMs: number;
}

/** How long it waits before it asks again, in milliseconds. */
const retryMs = 500;

/** How many streams end in one turn of the event loop: to close 10,000 websockets takes seconds. */
const maxEndsOfTurn = 100;

interface Watched {
  readonly sessionId: string;
  readonly token: string;
  readonly listener: (end: RemoteEnd) => void;
  timer: NodeJS.Timeout | undefined;
}

export function createWatcher({ feed, ask, maxSilenceMs }: WatcherOptions): Watcher {
  const bySession = new Map<string, Set<Watched>>();

  const forget = (watched: Watched) => {
    clearTimeout(watched.timer);
    const same = bySession.get(watched.sessionId);
    if (same?.delete(watched) === true && same.size === 0) bySession.delete(watched.sessionId);
  };

  const isWatched = (watched: Watched) => bySession.get(watched.sessionId)?.has(watched) === true;

  const end = (watched: Watched, how: RemoteEnd) => {
    if (!isWatched(watched)) return;
    forget(watched);
    watched.listener(how);
  };

  const later = (watched: Watched, ms: number, act: () => void) => {
    clearTimeout(watched.timer);
    watched.timer = setTimeout(act, ms).unref();
  };

  /** Asks whether the session is live, again and again while Hufu cannot tell. */
  const look = async (watched: Watched, sinceMs = performance.now()): Promise<void> => {
    clearTimeout(watched.timer);
    watched.timer = undefined;
    const outcome = await ask(watched.token);
    if (!isWatched(watched) || outcome.kind === 'active') return;
    if (outcome.kind === 'rejected') end(watched, outcome);
    else if (performance.now() - sinceMs >= maxSilenceMs) end(watched, unavailable);
    else later(watched, retryMs, () => void look(watched, sinceMs));
  };

  const endInTurns = (watches: readonly Watched[]) => {
    for (const watched of watches.slice(0, maxEndsOfTurn)) end(watched, unavailable);
    if (watches.length > maxEndsOfTurn) setImmediate(endInTurns, watches.slice(maxEndsOfTurn));
  };

  const all = () => [...bySession.values()].flatMap((same) => [...same]);

  feed.on('ended', (sessionId, how) => {
    for (const watched of bySession.get(sessionId) ?? []) end(watched, how);
  });
  feed.on('silent', () => {
    endInTurns(all());
  });
  feed.on('live', (isGap) => {
    // Those with a timer wait for the feed, or for an answer.
    for (const watched of all()) if (isGap || watched.timer !== undefined) void look(watched);
  });

  return {
    watch(sessionId, token, listener) {
      const watched: Watched = { sessionId, token, listener, timer: undefined };
      const same = bySession.get(sessionId) ?? new Set();
      bySession.set(sessionId, same.add(watched));
      feed.start();
      // Before the feed hears, an end could be missed: then the question follows as soon as it does.
      if (feed.isLive()) void look(watched);
      else
        later(watched, maxSilenceMs, () => {
          end(watched, unavailable);
        });
      return () => {
        forget(watched);
      };
    },
    stop() {
      for (const watched of all()) forget(watched);
    },
  };
}
