// The sessions whose devices wait to be told of their end. However the end becomes known, by news, by time or by the
// sweep, the row is read again before anybody is told, and each is told once.

import { type Background } from '../common/backgroundTasks.js';
import { type Clock } from '../common/clock.js';
import { type Metrics } from '../observability/metrics.js';
import { createDeadlineTimer } from '../common/deadlineTimer.js';
import { type RejectedSession, type Session, type SessionOutcome } from './types.js';

/** Called once, with how the session ended. */
export type EndListener = (outcome: RejectedSession) => void;

export interface EndWatcher {
  /**
   * Watches a session until it ends or the function that is given back is called. An end that came before the watch
   * is told as well: the row is read again after the watch has been set up, never before.
   */
  watch(session: Session, tell: EndListener): () => void;
  /** Reads those of the sessions that are watched, and tells what ended. Any other id is nothing to it. */
  look(ids: readonly string[]): void;
  /** The same for every watched session of a user. */
  lookAtUser(userId: string): void;
  /** Finds with one query which of the watched sessions have ended, and tells them. */
  sweep(): void;
  /** Ends the sweeping and the waiting. */
  stop(): void;
}

export interface WatchOptions {
  readonly clock: Clock;
  readonly background: Background;
  readonly metrics: Metrics;
  /** What a session comes to now, by its row; it makes a tombstone of one that has lapsed. */
  readonly sessionState: (id: string) => Promise<SessionOutcome>;
  /** Those of the sessions that are live no more, with one query. */
  readonly findEnded: (ids: readonly string[]) => Promise<readonly string[]>;
  /** When the session will have lapsed by time if nothing happens before. */
  readonly expiryOf: (session: Session) => Date;
}

/** How often all watched sessions are looked at, in milliseconds: what a crash left unsaid is found by then. */
const sweepMs = 10_000;

interface Watched {
  readonly userId: string;
  readonly tells: Set<EndListener>;
  expiresAtMs: number;
}

export function createEndWatcher(options: WatchOptions): EndWatcher {
  const { clock, background, metrics, sessionState, findEnded, expiryOf } = options;
  const watched = new Map<string, Watched>();
  let sweeping = false;
  let sweepAgain = false;

  const look = (ids: readonly string[]) => {
    for (const id of ids) if (watched.has(id)) background.run('look at a watched session', () => read(id));
  };

  const read = async (id: string) => {
    const outcome = await sessionState(id);
    const entry = watched.get(id);
    if (entry === undefined) return;
    if (outcome.kind === 'active') {
      entry.expiresAtMs = expiryOf(outcome.session).getTime();
      deadline.noLaterThan(entry.expiresAtMs);
    } else if (outcome.kind === 'rejected') {
      watched.delete(id);
      for (const tell of entry.tells) tell(outcome);
      const lagMs = Math.max(0, clock.now().getTime() - (outcome.at ?? clock.now()).getTime());
      metrics.observe('event_lag_seconds', lagMs / 1_000, {});
    }
    // Unavailable or not known: the next sweep asks again.
  };

  /** One timer for the node, set to the next moment at which a session lapses. */
  const deadline = createDeadlineTimer(clock, (nowMs) => {
    let next = Infinity;
    const due: string[] = [];
    for (const [id, { expiresAtMs }] of watched) {
      if (expiresAtMs <= nowMs) due.push(id);
      else next = Math.min(next, expiresAtMs);
    }
    look(due);
    return next;
  });

  const sweep = () => {
    // A sweep that is under way may have read before the end that this one is to find.
    sweepAgain = sweeping;
    if (sweeping || watched.size === 0) return;
    sweeping = true;
    background.run('sweep the watched sessions', async () => {
      try {
        do {
          sweepAgain = false;
          look(await findEnded([...watched.keys()]));
        } while (sweepAgain as boolean);
      } finally {
        sweeping = false;
      }
    });
  };
  const timer = setInterval(sweep, sweepMs).unref();

  return {
    watch(session, tell) {
      const entry = watched.get(session.id) ?? {
        userId: session.userId,
        tells: new Set(),
        expiresAtMs: expiryOf(session).getTime(),
      };
      entry.tells.add(tell);
      watched.set(session.id, entry);
      deadline.noLaterThan(entry.expiresAtMs);
      look([session.id]);
      return () => {
        entry.tells.delete(tell);
        if (entry.tells.size === 0 && watched.get(session.id) === entry) watched.delete(session.id);
      };
    },
    look,
    lookAtUser(userId) {
      look([...watched].filter(([, entry]) => entry.userId === userId).map(([id]) => id));
    },
    sweep,
    stop() {
      clearInterval(timer);
      deadline.stop();
    },
  };
}
