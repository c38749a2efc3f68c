// The orders in which an end can become known: none of them loses it, tells it twice, or keeps anything afterwards.

import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { createBackground } from '../../src/common/backgroundTasks.js';
import { DatabaseUnavailable } from '../../src/db/errors.js';
import { createLog } from '../../src/observability/log.js';
import { noMetrics } from '../../src/observability/metrics.js';
import { type RejectedSession, type Session, type SessionOutcome } from '../../src/sessions/types.js';
import { type ChannelListener, type Database } from '../../src/db/database.js';
import { createEndEvents } from '../../src/sessions/endEvents.js';
import { type SessionServices } from '../../src/sessions/services.js';
import { standardPolicy } from './harness.js';
import { createEndWatcher } from '../../src/sessions/endWatcher.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { createTestClock } from '../support/clock.js';

const ended: RejectedSession = {
  kind: 'rejected',
  reason: 'REVOKED',
  sessionId: 'b1946ac9-2d3c-4e5f-8a7b-6c5d4e3f2a1b',
  at: new Date('2026-01-31T09:30:00.000Z'),
  by: null,
};

const unavailable = { kind: 'unavailable' } as const;

function sessionOf(id: string, expiresAt = new Date(8.64e15)): Session {
  return {
    id,
    userId: 'u',
    slot: 'only',
    device: { kind: 'OTHER', name: null },
    userAgent: null,
    ipAddress: null,
    methods: ['PASSWORD'],
    provedAt: new Date(0),
    signedInAt: new Date(0),
    lastSeenAt: new Date(0),
    expiresAt,
    endedAt: null,
    endReason: null,
    supersededBy: null,
  };
}

function activeOf(session: Session): SessionOutcome {
  const user = {
    id: 'u',
    email: 'a@b.c',
    emailVerifiedAt: null,
    createdAt: new Date(0),
    lastLoginAt: null,
    methods: ['PASSWORD' as const],
  };
  return { kind: 'active', session, user };
}

/** Watches whose every read is answered by the test, in the order that it likes. */
function createScene() {
  const clock = createTestClock();
  const background = createBackground(createLog('silent', false));
  const reads: { readonly id: string; readonly answer: (outcome: SessionOutcome) => void }[] = [];
  const sweeps: {
    readonly ids: readonly string[];
    readonly answer: (ids: readonly string[] | Error) => void;
  }[] = [];
  let hear: ChannelListener | undefined;
  const database = {
    listen: (_channel: string, listener: ChannelListener) => {
      hear = listener;
    },
    notify: () => Promise.resolve(),
  } as unknown as Database;
  const endEvents = createEndEvents({ database, background, metrics: noMetrics });
  const services = {
    clock,
    background,
    metrics: noMetrics,
    policy: standardPolicy,
    endEvents,
  } as unknown as SessionServices;
  const watches = createEndWatcher(services, {
    stateOf: (_services, id) => new Promise((answer) => reads.push({ id, answer })),
    findEnded: (_services, ids) =>
      new Promise((resolve, reject) => {
        sweeps.push({
          ids,
          answer: (found) => {
            if (found instanceof Error) reject(found);
            else resolve(found);
          },
        });
      }),
  });
  whenFileEnds(() => {
    watches.stop();
    return Promise.resolve();
  });
  const told: RejectedSession[] = [];
  /** Another act or node says that the sessions have ended. */
  const look = (ids: readonly string[]) => {
    endEvents.publish(ids.map((id) => ({ id, endReason: null })));
  };
  /** The node listens to the others again. */
  const sweep = () => hear?.listening();
  return {
    clock,
    reads,
    sweeps,
    watches,
    look,
    sweep,
    told,
    tell: (outcome: RejectedSession) => told.push(outcome),
  };
}

const turn = () => pause(0);

describe('WATCH-01 an end', () => {
  it('MUST be told that came before the watch: the row is read after the watch was set up', async () => {
    const { watches, reads, told, tell } = createScene();
    watches.watch(sessionOf('a'), tell);
    expect(reads.map(({ id }) => id)).toEqual(['a']);
    reads[0]?.answer(ended);
    await turn();
    expect(told).toEqual([ended]);
  });

  it('MUST be told once, whichever of two reads comes back first, and however often it is heard of', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const { watches, reads, told, tell, look } = createScene();
      const session = sessionOf('a');
      watches.watch(session, tell);
      look(['a']);
      look(['a', 'a']);
      // The first read was sent before the end, and knows nothing of it.
      for (const index of order) {
        reads[index]?.answer(index === 0 ? activeOf(session) : ended);
        await turn();
      }
      look(['a']);
      expect(reads).toHaveLength(4);
      expect(told).toEqual([ended]);
    }
  });

  it('MUST be told to every watcher of the session, and to none that gave up', async () => {
    const { watches, reads, told, tell } = createScene();
    const session = sessionOf('a');
    const others: RejectedSession[] = [];
    watches.watch(session, tell);
    const giveUp = watches.watch(session, (outcome) => others.push(outcome));
    watches.watch(sessionOf('b'), (outcome) => others.push(outcome));
    giveUp();
    giveUp();
    reads[0]?.answer(ended);
    reads[1]?.answer(ended);
    await turn();
    expect(told).toEqual([ended]);
    expect(others).toEqual([]);
  });

  it('MUST be told to a watch that is set up while the one before is being told', async () => {
    const { watches, reads, told, tell } = createScene();
    const session = sessionOf('a');
    const giveUp = watches.watch(session, () => {
      watches.watch(session, tell);
    });
    reads[0]?.answer(ended);
    await turn();
    // The older watch has been told: letting go of it must not take the newer one's.
    giveUp();
    expect(reads).toHaveLength(2);
    reads[1]?.answer(ended);
    await turn();
    expect(told).toEqual([ended]);
  });

  it('MUST be found by a sweep when the row could not be read', async () => {
    const { watches, reads, sweeps, told, tell, sweep } = createScene();
    watches.watch(sessionOf('a'), tell);
    reads[0]?.answer(unavailable);
    await turn();
    sweep();
    sweeps[0]?.answer(new DatabaseUnavailable());
    await turn();
    await turn();
    sweep();
    expect(sweeps[1]?.ids).toEqual(['a']);
    sweeps[1]?.answer(['a']);
    await turn();
    reads[1]?.answer(ended);
    await turn();
    expect(told).toEqual([ended]);
  });

  it('MUST be found that came after a sweep had read, when the sweep was asked for once more', async () => {
    const { watches, reads, sweeps, told, tell, sweep } = createScene();
    const session = sessionOf('a');
    watches.watch(session, tell);
    reads[0]?.answer(activeOf(session));
    sweep();
    // The node listens again while the sweep is under way: twice is once.
    sweep();
    sweep();
    expect(sweeps).toHaveLength(1);
    sweeps[0]?.answer([]);
    await turn();
    expect(sweeps).toHaveLength(2);
    sweeps[1]?.answer(['a']);
    await turn();
    expect(sweeps).toHaveLength(2);
    reads[1]?.answer(ended);
    await turn();
    expect(told).toEqual([ended]);
  });

  it('MUST NOT be believed to the news: the row decides', async () => {
    const { watches, reads, told, tell, look } = createScene();
    const session = sessionOf('a');
    watches.watch(session, tell);
    look(['a', 'b', '']);
    expect(reads).toHaveLength(2);
    for (const { answer } of reads) answer(activeOf(session));
    await turn();
    expect(told).toEqual([]);
  });
});

describe('WATCH-02 a session that lapses', () => {
  it('MUST be read when its time has come, and again when it was used meanwhile', async () => {
    const { watches, clock, reads, told, tell } = createScene();
    const start = clock.now().getTime();
    const at = (ms: number) => sessionOf('a', new Date(start + ms));
    watches.watch(at(50), tell);
    reads[0]?.answer(activeOf(at(50)));
    await turn();
    clock.turn(49);
    await pause(60);
    expect(reads).toHaveLength(1);
    clock.turn(1);
    await pause(100);
    expect(reads).toHaveLength(2);
    // It was used on another node: its time is later now.
    reads[1]?.answer(activeOf(at(150)));
    await turn();
    clock.turn(100);
    await pause(150);
    expect(reads).toHaveLength(3);
    reads[2]?.answer(ended);
    await turn();
    expect(told).toEqual([ended]);
    await pause(50);
    expect(reads).toHaveLength(3);
  });

  it('MUST NOT wait for one that lapses later', async () => {
    const { watches, clock, reads, tell } = createScene();
    const start = clock.now().getTime();
    watches.watch(sessionOf('far', new Date(start + 400 * 86_400_000)), tell);
    watches.watch(sessionOf('near', new Date(start + 50)), tell);
    watches.watch(sessionOf('between', new Date(start + 5_000)), tell);
    clock.turn(50);
    await pause(120);
    expect(reads.map(({ id }) => id)).toEqual(['far', 'near', 'between', 'near']);
  });
});

describe('WATCH-03 nothing stays behind', () => {
  it('MUST leave nothing to sweep when everybody has been told or gave up', async () => {
    const { watches, reads, sweeps, tell, sweep } = createScene();
    for (let count = 0; count < 100; count += 1) watches.watch(sessionOf(String(count % 10)), tell)();
    const kept = watches.watch(sessionOf('kept'), tell);
    watches.watch(sessionOf('told'), tell);
    reads.at(-1)?.answer(ended);
    await turn();
    sweep();
    expect(sweeps[0]?.ids).toEqual(['kept']);
    sweeps[0]?.answer([]);
    await turn();
    kept();
    sweep();
    expect(sweeps).toHaveLength(1);
  });
});
