// The ends of sessions: published by the act that ended them, heard by this node's watcher at once and by the other nodes
// through one short notice for many ends. A notice is a hint to look; what a device learns is always what the row says.

import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';

import { type Background } from '../common/backgroundTasks.js';
import { type Database } from '../db/database.js';
import { type Metrics } from '../observability/metrics.js';
import { type EndedSessions, writeBulkEnd } from './end.js';
import { type Session } from './types.js';

/** The events that a listener is called for. */
interface EndEventMap {
  /** These sessions may have ended. */
  sessions: [ids: readonly string[]];
  /** Every session of the user may have ended. */
  user: [userId: string];
  /** The node listens to the other nodes, for the first time or again: ends may have been missed. */
  gap: [];
}

export interface EndEvents {
  /** Calls the listener for the ends that this node publishes and, after {@link EndEvents.listen}, those of other nodes. */
  on<Name extends keyof EndEventMap>(name: Name, listener: (...args: EndEventMap[Name]) => void): void;
  /** Begins to hear the other nodes, until the database is closed. */
  listen(): void;
  /**
   * Publishes sessions that have ended, after the commit of the transaction that ended them, with every session that it
   * ended, whatever the reason. Returns at once and never throws: the sweep of the other nodes finds what cannot be sent.
   */
  publish(ended: readonly Pick<Session, 'id' | 'endReason'>[]): void;
  /** Publishes the ends of many sessions of a user in one notice. */
  publishAll(ended: EndedSessions['toPublish']): void;
}

/** Stands before the id of a user in a notice. */
const userPrefix = 'user:';

const channel = 'hufu_session_ended';

/** The ids of one notice: with their commas and the sender's id they stay under PostgreSQL's 8,000 bytes. */
const maxInNotice = 200;

export interface EndEventsParts {
  readonly database: Database;
  readonly background: Background;
  readonly metrics: Metrics;
}

export function createEndEvents({ database, background, metrics }: EndEventsParts): EndEvents {
  const emitter = new EventEmitter<EndEventMap>();
  const sender = randomUUID();
  let unsent: string[] = [];
  let sending = false;

  const emit = (names: readonly string[]) => {
    const ids = names.filter((name) => !name.startsWith(userPrefix));
    if (ids.length > 0) emitter.emit('sessions', ids);
    for (const name of names)
      if (name.startsWith(userPrefix)) emitter.emit('user', name.slice(userPrefix.length));
  };

  /** Sends one notice at a time, so that ends that come meanwhile share the next. */
  const send = async () => {
    try {
      while (unsent.length > 0) {
        const names = unsent.slice(0, maxInNotice);
        unsent = unsent.slice(maxInNotice);
        await database.notify(channel, [sender, ...names].join(','));
      }
    } finally {
      unsent = [];
      sending = false;
    }
  };

  const publishNames = (names: readonly string[]) => {
    emit(names);
    unsent.push(...names);
    if (sending) return;
    sending = true;
    background.run('notify other nodes of ended sessions', send);
  };

  const count = (ended: readonly Pick<Session, 'endReason'>[]) => {
    for (const { endReason } of ended) metrics.count('sessions_ended', { reason: endReason ?? 'none' });
  };

  return {
    on(name, listener) {
      emitter.on<keyof EndEventMap>(name, listener);
    },

    listen() {
      database.listen(channel, {
        heard(text) {
          const [from, ...names] = text.split(',');
          // This node has emitted its own already.
          if (from !== sender) emit(names);
        },
        listening: () => emitter.emit('gap'),
      });
    },

    publish(ended) {
      if (ended.length === 0) return;
      count(ended);
      publishNames(ended.map(({ id }) => id));
    },

    publishAll({ sessions, everyOf }) {
      if (everyOf === null) {
        this.publish(sessions);
        return;
      }
      count(sessions);
      publishNames([`${userPrefix}${everyOf}`]);
      background.run(
        'write the ends of many sessions',
        () => writeBulkEnd({ database, background }, everyOf),
        everyOf,
      );
    },
  };
}
