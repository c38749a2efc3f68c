// The checker of chaos runs finds each broken guarantee in a small history, and the mutants of `npm run chaos -- --mutants` fit the
// code. run.test.ts runs three nodes under faults for 20 s, `npm run chaos` for as many minutes as asked.

import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { check, maxTellMs, promptness } from './checker.js';
import { type Act, type History, type Operation, type Result, type SessionRow } from './history.js';
import { mutants } from './mutants.js';

const device = (name: string) => ({ kind: 'login', password: 'p', key: name, device: name }) as const;

function operation(at: number, act: Act, result: Result, session: string | null = null): Operation {
  return { account: 'ann', node: 'node 1', session, act, startedAt: at, endedAt: at + 10, result };
}

const opened = (session: string, ended: readonly string[] = []): Result => ({
  kind: 'signedIn',
  session,
  token: '',
  ended,
});

function row(id: string, end: Partial<SessionRow> = {}): SessionRow {
  const open = { endedAt: null, reason: null, supersededBy: null };
  return { id, account: 'ann', slot: 'user', key: id, signedInAt: new Date(0), ...open, ...end };
}

const register = operation(
  0,
  { kind: 'register', password: 'p', key: 'first', device: 'first' },
  opened('first'),
);
const login = operation(100, device('second'), opened('second', ['first']));
const ended = { endedAt: new Date(100), reason: 'SUPERSEDED', supersededBy: 'second' };

const sound: History = {
  operations: [
    register,
    operation(50, { kind: 'me' }, { kind: 'done', ended: [] }, 'first'),
    login,
    operation(200, { kind: 'me' }, { kind: 'refused', reason: 'SUPERSEDED', by: 'second' }, 'first'),
  ],
  watches: [],
  faults: [],
  rows: [row('first', ended), row('second')],
  limit: 1,
  endedAt: 1_000,
};

const rulesBrokenBy = (change: Partial<History>, more: readonly Operation[] = []) => [
  ...new Set(
    check({ ...sound, ...change, operations: [...sound.operations, ...more] }).map(({ rule }) => rule),
  ),
];

describe('CHAOS-01 the checker', () => {
  test('MUST accept a history in which everything holds', () => {
    expect(rulesBrokenBy({})).toEqual([]);
  });

  test('MUST find a request that was accepted after the end of its session', () => {
    const late = operation(300, { kind: 'me' }, { kind: 'done', ended: [] }, 'first');
    expect(rulesBrokenBy({}, [late])).toContain('nothing is accepted that began after an acknowledged end');
  });

  test('MUST find a refusal without a cause, and a session with two reasons', () => {
    const refused = operation(
      300,
      { kind: 'me' },
      { kind: 'refused', reason: 'LOGGED_OUT', by: null },
      'first',
    );
    expect(rulesBrokenBy({}, [refused])).toEqual([
      'a refusal has a reason that the history explains',
      'a session has one reason for ever',
    ]);
  });

  test('MUST find an acknowledged sign-in without a row', () => {
    expect(rulesBrokenBy({ rows: [row('first', ended)] })).toContain('nothing acknowledged is lost');
  });

  test('MUST find more live rows than the limit, and two sessions of one idempotency key', () => {
    expect(rulesBrokenBy({ rows: [row('first'), row('second', { key: 'first' })] })).toEqual(
      expect.arrayContaining([
        'an account has no more live sessions than the policy',
        'no idempotency key opens two sessions',
      ]),
    );
  });

  test('MUST find a device that was notified twice or never', () => {
    const event = { at: 120, refusal: { kind: 'refused', reason: 'SUPERSEDED', by: 'second' } } as const;
    const watch = {
      account: 'ann',
      node: 'node 1',
      session: 'first',
      startedAt: 20,
      events: [],
      closed: null,
    };
    const rule = 'every device is notified once';
    expect(rulesBrokenBy({ watches: [{ ...watch, events: [event, event] }] })).toContain(rule);
    expect(rulesBrokenBy({ watches: [watch] })).toContain(rule);
    const closed = { at: 121, code: 4403, reason: 'SUPERSEDED' };
    expect(rulesBrokenBy({ watches: [{ ...watch, events: [event], closed }] })).toEqual([]);
  });

  test('MUST find an ended session that ended its successor', () => {
    const late = operation(95, { kind: 'endOtherSessions' }, { kind: 'done', ended: ['second'] }, 'first');
    expect(rulesBrokenBy({}, [late])).toContain('no act of an ended session reaches its successor');
  });

  const anotherLogin = (result: Result) => [operation(300, device('third'), result)];
  const lateWatch = {
    ...{ account: 'ann', node: 'node 1', session: 'first', startedAt: 20, closed: null },
    events: [
      { at: 111 + maxTellMs, refusal: { kind: 'refused', reason: 'SUPERSEDED', by: 'second' } as const },
    ],
  };
  test.each<[string, Partial<History>, readonly Operation[]]>([
    [
      'an answer is one that a client may get',
      {},
      [operation(300, { kind: 'me' }, { kind: 'unexpected', answer: '{}' }, 'second')],
    ],
    ['a sign-in opens a session that is live', {}, anotherLogin(opened('first'))],
    ['an acknowledged password is the password', {}, anotherLogin({ kind: 'wrongPassword' })],
    [promptness, { watches: [lateWatch] }, []],
    [
      'no session ends before it begins',
      { rows: [row('first', { ...ended, endedAt: new Date(-1) }), row('second')] },
      [],
    ],
    [
      'one clock orders the sessions of an account',
      { rows: [row('first', { ...ended, signedInAt: new Date(1_000) }), row('second')] },
      [],
    ],
  ])('MUST find a history that breaks the rule "%s"', (rule, change, more) => {
    expect(rulesBrokenBy(change, more)).toContain(rule);
  });
});

test.each(mutants)('CHAOS-02 the mutant "$name" MUST fit the code', ({ edits }) => {
  for (const { file, from } of edits) expect(readFileSync(file, 'utf8').split(from)).toHaveLength(2);
});
