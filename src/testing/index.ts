// The entry `hufu/testing`: Hufu inside a test, over an embedded database of its own, with users, mails and time.

import '../common/requireNode.js';

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Clock, systemClock } from '../common/clock.js';
import { endReasons } from '../db/schema/index.js';
import { type Hufu, startHufu } from '../hufu/createHufu.js';
import { type HufuOptions } from '../hufu/options.js';
import { createOptionNames } from '../hufu/optionNames.js';
import { readOptions } from '../hufu/readOptions.js';
import { createLog } from '../observability/log.js';
import { type SignedOutReason } from '../sessions/types.js';
import { createOwnServer } from './client.js';
import { cheapHashing } from './hashing.js';
import { createMailbox, type Mailbox } from './mailbox.js';
import { copyTemplate } from './template.js';
import { createUser, type TestUser, type UserOptions } from './user.js';

export { type TestAnswer, type TestClient, type TestServer } from './client.js';
export { type Mailbox, type TestMail } from './mailbox.js';
export { type TestUser, type UserOptions } from './user.js';

/** The time by which {@link TestHufu.advance} moves the clock. */
export interface Span {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

export interface TestHufu extends Hufu {
  /** Registers a user and signs them in. */
  user(options?: UserOptions): Promise<TestUser>;
  /** Calls the work for every reason, each time with another user whom it has signed out. */
  forEachReason(work: (reason: SignedOutReason, user: TestUser) => Promise<void> | void): Promise<void>;
  /** Moves the clock on, for tokens, sessions, links and limits alike. */
  advance(span: Span): void;
  readonly mailbox: Mailbox;
}

/** The options of a test; the database, the clock and the mails are the kit's. */
export type TestHufuOptions = Omit<HufuOptions, 'database' | 'clock' | 'sendMail'>;

const signedOutReasons: readonly SignedOutReason[] = ['NO_TOKEN', 'INVALID_TOKEN', ...endReasons];

/**
 * Starts Hufu for a test, without a port and without limits of attempts.
 *
 * @throws OperatorError that names every option that does not fit
 */
export async function createTestHufu(options: TestHufuOptions = {}): Promise<TestHufu> {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-testing-'));
  const clock = createVirtualClock();
  const mailbox = createMailbox();
  const all = {
    environment: 'test',
    rateLimits: null,
    ...options,
    database: { dataDir: folder },
  } as const satisfies HufuOptions;
  const config = readOptions(all);
  await copyTemplate(folder);
  const { hufu, services } = await startHufu(
    config,
    { log: createLog('error', false), ...all, clock, sendMail: mailbox.send, hashing: cheapHashing },
    createOptionNames(all),
  );
  const ownServer = createOwnServer(hufu);

  const user = (of: UserOptions = {}) => createUser(services, ownServer, of);
  return {
    ...hufu,
    user,
    async forEachReason(work) {
      for (const reason of signedOutReasons) {
        const person = await user();
        await person.signOutAs(reason);
        await work(reason, person);
      }
    },
    advance(span) {
      clock.advance(span);
      services.endWatcher.sweep();
    },
    mailbox,
    async stop() {
      await hufu.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A clock that runs as the machine's does, and can be moved on. */
interface VirtualClock extends Clock {
  advance(span: Span): void;
}

function createVirtualClock(): VirtualClock {
  let aheadMs = 0;
  return {
    now: () => new Date(systemClock.now().getTime() + aheadMs),
    advance({ days = 0, hours = 0, minutes = 0, seconds = 0 }) {
      const ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
      if (!(ms >= 0)) throw new RangeError('The clock moves on, not back.');
      aheadMs += ms;
    },
  };
}
