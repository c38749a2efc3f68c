// Refusals that no transaction comes with: a wrong password, or one attempt too many. They are written behind the
// answers, many in one statement, and alike for an address that has no account; so nobody waits for them, and no time
// tells which they were.

import { setTimeout as pause } from 'node:timers/promises';

import { type Background } from '../common/backgroundTasks.js';
import { type Database } from '../db/database.js';
import { type EventByEmail, recordByEmail } from './recordByEmail.js';

export interface FailureRecorder {
  /**
   * Notes a refusal. It returns at once and never throws: one that cannot be written, or comes on top of more than the
   * database can take, is left out.
   */
  note(refusal: EventByEmail): void;
}

/** How long refusals are gathered, in milliseconds: until the answers that they belong to are out. */
const gatherMs = 200;

/** The most of one statement. */
const batch = 200;

/** The most that may wait on one node. */
const maxWaiting = 2_000;

export function createFailureRecorder(
  database: Pick<Database, 'read'>,
  background: Background,
): FailureRecorder {
  let waiting: EventByEmail[] = [];
  let writing = false;

  const write = async () => {
    try {
      do {
        await pause(gatherMs);
        const events = waiting.slice(0, batch);
        waiting = waiting.slice(batch);
        await database.read((db) => recordByEmail(db, events));
      } while (waiting.length > 0);
    } finally {
      waiting = [];
      writing = false;
    }
  };

  return {
    note(refusal) {
      if (waiting.length >= maxWaiting) return;
      waiting.push(refusal);
      if (writing) return;
      writing = true;
      background.run('write refusals to the audit trail', write);
    },
  };
}
