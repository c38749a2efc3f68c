// The news that sessions have ended: told to this node's watchers at once, and to the other nodes by one short notice
// for many ends. A notice is a hint to look; what is told is always what the row says.

import { randomUUID } from 'node:crypto';

import { type Background } from '../common/backgroundTasks.js';
import { type Database } from '../db/database.js';
import { type Metrics } from '../observability/metrics.js';
import { type ToPublish } from './endAll.js';
import { writeMarkedEnds } from './endMany.js';
import { type Session } from './types.js';
import { type EndWatcher } from './endWatcher.js';

export interface EndEvents {
  /**
   * Makes known that sessions have ended. Call it when the transaction that ended them has been committed, with all
   * that it ended, whatever the reason; with none it does nothing. It returns at once and never throws: what cannot
   * be sent now is found by the other nodes' own sweep.
   */
  publish(ended: readonly Pick<Session, 'id' | 'endReason'>[]): void;
  /** The same for the ends of many sessions of a user at once, which one notice tells. */
  publishAll(ended: ToPublish): void;
}

/** Before the id of a user in a notice: all of that user's sessions may have ended. */
const userPrefix = 'user:';

const channel = 'hufu_session_ended';

/** The ids of one notice: with their commas and the sender's id they stay under PostgreSQL's 8,000 bytes. */
const maxInNotice = 200;

export interface EndEventsParts {
  readonly database: Database;
  readonly background: Background;
  readonly metrics: Metrics;
}

/**
 * Connects a node's watches to the news of every node, its own included.
 *
 * @param endWatcher null for a process that has no devices to tell, and so nothing to hear
 */
export function createEndEvents(
  { database, background, metrics }: EndEventsParts,
  endWatcher: EndWatcher | null,
): EndEvents {
  const sender = randomUUID();
  let unsent: string[] = [];
  let sending = false;

  if (endWatcher !== null) {
    database.listen(channel, {
      heard(text) {
        const [from, ...names] = text.split(',');
        // What this node said it has told its own watchers already.
        if (from !== sender) look(endWatcher, names);
      },
      listening: endWatcher.sweep,
    });
  }

  /** One notice at a time, so that ends that come meanwhile share the next. */
  const send = async () => {
    try {
      while (unsent.length > 0) {
        const ids = unsent.slice(0, maxInNotice);
        unsent = unsent.slice(maxInNotice);
        await database.notify(channel, [sender, ...ids].join(','));
      }
    } finally {
      unsent = [];
      sending = false;
    }
  };

  const tell = (names: readonly string[]) => {
    if (endWatcher !== null) look(endWatcher, names);
    unsent.push(...names);
    if (sending) return;
    sending = true;
    background.run('tell other nodes of ended sessions', send);
  };

  const publish = (ended: readonly Pick<Session, 'id' | 'endReason'>[]) => {
    if (ended.length === 0) return;
    for (const { endReason } of ended) metrics.count('sessions_ended', { reason: endReason ?? 'none' });
    tell(ended.map(({ id }) => id));
  };

  return {
    publish,
    publishAll({ sessions, everyOf }) {
      if (everyOf === null) {
        publish(sessions);
        return;
      }
      for (const { endReason } of sessions) metrics.count('sessions_ended', { reason: endReason ?? 'none' });
      tell([`${userPrefix}${everyOf}`]);
      background.run(
        'write the ends of many sessions',
        () => writeMarkedEnds({ database, background }, everyOf),
        everyOf,
      );
    },
  };
}

/** Names are the ids of sessions, or of users behind a prefix. */
function look(endWatcher: EndWatcher, names: readonly string[]): void {
  endWatcher.look(names.filter((name) => !name.startsWith(userPrefix)));
  for (const name of names)
    if (name.startsWith(userPrefix)) endWatcher.lookAtUser(name.slice(userPrefix.length));
}
