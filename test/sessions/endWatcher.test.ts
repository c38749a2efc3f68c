// The watcher of session ends: in every order of events each end is reported once, and nothing is kept afterwards.

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

/** Creates a watcher whose reads the test answers, in any order. */
function createTestWatcher() {
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
  const watcher = createEndWatcher(services, {
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
    watcher.stop();
    return Promise.resolve();
  });
  const reported: RejectedSession[] = [];
  /** Publishes ends, as another act or node does. */
  const publish = (ids: readonly string[]) => {
    endEvents.publish(ids.map((id) => ({ id, endReason: null })));
  };
  /** Starts a sweep, as a node does that listens again. */
  const sweep = () => hear?.listening();
  return {
    clock,
    reads,
    sweeps,
    watcher,
    publish,
    sweep,
    reported,
    listener: (outcome: RejectedSession) => reported.push(outcome),
  };
}

const turn = () => pause(0);

describe('WATCH-01 an end', () => {
  it('MUST be reported when it came before the watch, since the row is read after the watch is set up', async () => {
    const { watcher, reads, reported, listener } = createTestWatcher();
    watcher.watch(sessionOf('a'), listener);
    expect(reads.map(({ id }) => id)).toEqual(['a']);
    reads[0]?.answer(ended);
    await turn();
    expect(reported).toEqual([ended]);
  });

  it('MUST be reported once, in any order of reads and for any number of notifications', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const { watcher, reads, reported, listener, publish } = createTestWatcher();
      const session = sessionOf('a');
      watcher.watch(session, listener);
      publish(['a']);
      publish(['a', 'a']);
      // The first read was sent before the end, so it finds an active session.
      for (const index of order) {
        reads[index]?.answer(index === 0 ? activeOf(session) : ended);
        await turn();
      }
      publish(['a']);
      expect(reads).toHaveLength(4);
      expect(reported).toEqual([ended]);
    }
  });

  it('MUST be reported to every listener of the session, and to none that unsubscribed', async () => {
    const { watcher, reads, reported, listener } = createTestWatcher();
    const session = sessionOf('a');
    const others: RejectedSession[] = [];
    watcher.watch(session, listener);
    const unsubscribe = watcher.watch(session, (outcome) => others.push(outcome));
    watcher.watch(sessionOf('b'), (outcome) => others.push(outcome));
    unsubscribe();
    unsubscribe();
    reads[0]?.answer(ended);
    reads[1]?.answer(ended);
    await turn();
    expect(reported).toEqual([ended]);
    expect(others).toEqual([]);
  });

  it('MUST be reported to a watch that a listener sets up while it is called', async () => {
    const { watcher, reads, reported, listener } = createTestWatcher();
    const session = sessionOf('a');
    const unsubscribe = watcher.watch(session, () => {
      watcher.watch(session, listener);
    });
    reads[0]?.answer(ended);
    await turn();
    // Removing the older watch must not remove the newer one.
    unsubscribe();
    expect(reads).toHaveLength(2);
    reads[1]?.answer(ended);
    await turn();
    expect(reported).toEqual([ended]);
  });

  it('MUST be found by a sweep after the row could not be read', async () => {
    const { watcher, reads, sweeps, reported, listener, sweep } = createTestWatcher();
    watcher.watch(sessionOf('a'), listener);
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
    expect(reported).toEqual([ended]);
  });

  it('MUST be found by a second sweep when it came after the read of the first', async () => {
    const { watcher, reads, sweeps, reported, listener, sweep } = createTestWatcher();
    const session = sessionOf('a');
    watcher.watch(session, listener);
    reads[0]?.answer(activeOf(session));
    sweep();
    // Two more requests during a sweep start one more sweep.
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
    expect(reported).toEqual([ended]);
  });

  it('MUST NOT be reported for a notification when the row is active', async () => {
    const { watcher, reads, reported, listener, publish } = createTestWatcher();
    const session = sessionOf('a');
    watcher.watch(session, listener);
    publish(['a', 'b', '']);
    expect(reads).toHaveLength(2);
    for (const { answer } of reads) answer(activeOf(session));
    await turn();
    expect(reported).toEqual([]);
  });
});

describe('WATCH-02 a session that expires', () => {
  it('MUST be read at its expiry, and again at the later one when it was used meanwhile', async () => {
    const { watcher, clock, reads, reported, listener } = createTestWatcher();
    const start = clock.now().getTime();
    const at = (ms: number) => sessionOf('a', new Date(start + ms));
    watcher.watch(at(50), listener);
    reads[0]?.answer(activeOf(at(50)));
    await turn();
    clock.turn(49);
    await pause(60);
    expect(reads).toHaveLength(1);
    clock.turn(1);
    await pause(100);
    expect(reads).toHaveLength(2);
    // It was used on another node, which moved its expiry.
    reads[1]?.answer(activeOf(at(150)));
    await turn();
    clock.turn(100);
    await pause(150);
    expect(reads).toHaveLength(3);
    reads[2]?.answer(ended);
    await turn();
    expect(reported).toEqual([ended]);
    await pause(50);
    expect(reads).toHaveLength(3);
  });

  it('MUST be read at its expiry although others expire later', async () => {
    const { watcher, clock, reads, listener } = createTestWatcher();
    const start = clock.now().getTime();
    watcher.watch(sessionOf('far', new Date(start + 400 * 86_400_000)), listener);
    watcher.watch(sessionOf('near', new Date(start + 50)), listener);
    watcher.watch(sessionOf('between', new Date(start + 5_000)), listener);
    clock.turn(50);
    await pause(120);
    expect(reads.map(({ id }) => id)).toEqual(['far', 'near', 'between', 'near']);
  });
});

describe('WATCH-03 the watcher', () => {
  it('MUST NOT keep a session whose listeners were all called or unsubscribed', async () => {
    const { watcher, reads, sweeps, listener, sweep } = createTestWatcher();
    for (let count = 0; count < 100; count += 1) watcher.watch(sessionOf(String(count % 10)), listener)();
    const kept = watcher.watch(sessionOf('kept'), listener);
    watcher.watch(sessionOf('reported'), listener);
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
