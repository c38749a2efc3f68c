// Checks a history against the guarantees that hold under faults. Each rule describes the operations that break it.

import {
  type Fault,
  type History,
  type Operation,
  type Refusal,
  type SessionRow,
  type Time,
  type Watch,
} from './history.js';

export interface Violation {
  readonly rule: string;
  readonly text: string;
}

/**
 * The time after the client gave up within which an operation may still take effect, in milliseconds: a node may be suspended
 * before it sends a statement.
 */
const maxLateMs = 20_000;

/** The time within which a device is notified of an acknowledged end without a fault, in milliseconds; the sweep takes up to 10 s. */
export const maxTellMs = 5_000;

/**
 * The time after a fault within which a node gets the notifications of the others again, in milliseconds: it checks its listening
 * connection every 5 s, and waits 4 s for the answer.
 */
export const hearingMs = 10_000;

/**
 * The time by which the rows of two sessions from two nodes may be out of order, in milliseconds: each node knows the database's
 * time to within half a round trip.
 */
const clockErrorMs = 150;

/** Gives every violation of a rule; none if all rules hold. */
export function check(history: History): readonly Violation[] {
  const facts = collect(history);
  return Object.entries(rules).flatMap(([rule, find]) => find(facts).map((text) => ({ rule, text })));
}

interface Opening {
  readonly session: string;
  readonly account: string;
  /** The first answer that named it. */
  readonly by: Operation;
  /** The time of the first request for it: an earlier answer may have been lost. */
  readonly from: Time;
}

/** An operation that may have ended sessions of its account. */
interface Ender {
  readonly operation: Operation;
  readonly from: Time;
  /** The latest time at which it may have taken effect. */
  readonly until: Time;
  readonly acknowledged: boolean;
}

interface Facts extends History {
  readonly openings: ReadonlyMap<string, Opening>;
  readonly enders: ReadonlyMap<string, readonly Ender[]>;
  /** The time by which each session had ended at the latest, and the operation that acknowledged it. */
  readonly ends: ReadonlyMap<string, { readonly at: Time; readonly by: Operation }>;
  readonly rowOf: ReadonlyMap<string, SessionRow>;
}

/** The rule that a busy machine breaks without a fault in the code. */
export const promptness = 'a device is notified at once where nothing fails';

const rules: Readonly<Record<string, (facts: Facts) => readonly string[]>> = {
  'an answer is one that a client may get': ({ operations }) =>
    operations.flatMap((one) =>
      one.result.kind === 'unexpected' ? [`${textOf(one)}: ${one.result.answer}`] : [],
    ),

  'nothing is accepted that began after an acknowledged end': ({ operations, ends }) =>
    operations.flatMap((one) => {
      const end = one.session === null ? undefined : ends.get(one.session);
      const isLate = end !== undefined && isAccepted(one) && one.startedAt > end.at;
      return isLate ? [`${textOf(one)} was accepted; the session had been ended by ${textOf(end.by)}`] : [];
    }),

  'no act of an ended session reaches its successor': ({ operations, openings }) =>
    operations.flatMap((one) =>
      endedBy(one).flatMap((ended) => {
        const successor = openings.get(ended)?.by;
        return successor !== undefined && one.session !== null && endedBy(successor).includes(one.session)
          ? [`${textOf(one)} has ended ${ended}, which had taken its place by ${textOf(successor)}`]
          : [];
      }),
    ),

  'a sign-in opens a session that is live': ({ operations, ends }) =>
    operations.flatMap((one) => {
      const end = one.result.kind === 'signedIn' ? ends.get(one.result.session) : undefined;
      return end !== undefined && one.startedAt > end.at
        ? [`${textOf(one)} was answered with a session that ${textOf(end.by)} had ended`]
        : [];
    }),

  'an account has no more live sessions than the policy': (facts) => {
    const { limit, rows } = facts;
    const lives = livesOf(facts);
    const overlaps = lives.flatMap((life) => {
      const others = lives.filter(
        (other) => other.account === life.account && other.from <= life.from && life.from <= other.until,
      );
      return others.length <= limit
        ? []
        : [`${life.account} has ${others.map(({ session }) => session).join(', ')} live at ${ms(life.from)}`];
    });
    const live = countBy(
      rows.filter(({ endedAt }) => endedAt === null),
      ({ account }) => account,
    );
    return [
      ...overlaps,
      ...[...live].flatMap(([account, count]) =>
        count <= limit ? [] : [`${account} has ${String(count)} live rows at the end`],
      ),
    ];
  },

  'a refusal has a reason that the history explains': (facts) => [
    ...facts.operations.flatMap((one) =>
      one.result.kind === 'refused' && one.session !== null
        ? unexplained(facts, one.session, one.result, one.endedAt, textOf(one))
        : [],
    ),
    ...facts.operations.flatMap((one) =>
      one.result.kind === 'nothing' && one.session !== null && facts.rowOf.get(one.session)?.endedAt === null
        ? [`${textOf(one)} found no session, and that is live`]
        : [],
    ),
    ...facts.watches.flatMap((watch) =>
      watch.events.flatMap(({ at, refusal }) =>
        unexplained(facts, watch.session, refusal, at, socketOf(watch)),
      ),
    ),
  ],

  'a session has one reason for ever': ({ operations, watches, rowOf }) => {
    const reasons = new Map<string, Set<string>>();
    const note = (session: string | null, reason: string) => {
      if (session === null) return;
      reasons.set(session, (reasons.get(session) ?? new Set()).add(reason));
    };
    for (const { session, result } of operations) if (result.kind === 'refused') note(session, result.reason);
    for (const { session, events, closed } of watches) {
      for (const { refusal } of events) note(session, refusal.reason);
      if (closed?.code === 4403) note(session, closed.reason);
    }
    for (const [session, row] of rowOf) if (row.reason !== null) note(session, row.reason);
    return [...reasons].flatMap(([session, all]) =>
      all.size === 1 ? [] : [`${session} ended as ${[...all].join(' and ')}`],
    );
  },

  'nothing acknowledged is lost': ({ openings, ends, rowOf }) => [
    ...[...openings.values()].flatMap(({ session, by }) =>
      rowOf.has(session) ? [] : [`${session} has no row; ${textOf(by)} was acknowledged`],
    ),
    ...[...ends].flatMap(([session, { by }]) =>
      rowOf.get(session)?.endedAt === null ? [`${session} is live; ${textOf(by)} has ended it`] : [],
    ),
  ],

  'an acknowledged password is the password': (facts) => wrongPasswords(facts),

  'every device is notified once': ({ watches, rowOf, faults, endedAt }) =>
    watches.flatMap((watch) => {
      const { closed, events, session } = watch;
      if (events.length > 1) return [`${socketOf(watch)} was notified ${String(events.length)} times`];
      // A subscription that is not set up yet gets the reason in the socket's close only.
      const isSetUp = closed !== null && isCalm(faults, watch.startedAt - maxTellMs, closed.at);
      if (closed?.code === 4403 && events.length === 0 && isSetUp)
        return [`${socketOf(watch)} was closed without an event`];
      const row = rowOf.get(session);
      const isOver = row !== undefined && row.endedAt !== null;
      return closed === null && isOver
        ? [`${socketOf(watch)} was not notified until ${ms(endedAt)} that it ended as ${String(row.reason)}`]
        : [];
    }),

  [promptness]: ({ watches, ends, faults }) =>
    watches.flatMap((watch) => {
      const end = ends.get(watch.session);
      if (end === undefined || watch.startedAt > end.at) return [];
      if (!isCalm(faults, end.by.startedAt, end.at + maxTellMs, hearingMs)) return [];
      const at = watch.events[0]?.at ?? watch.closed?.at ?? Infinity;
      return at - end.at > maxTellMs
        ? [`${socketOf(watch)} was notified ${ms(at - end.at)} after ${textOf(end.by)}`]
        : [];
    }),

  'no idempotency key opens two sessions': ({ rows }) => {
    // Once its session has ended, a repeated sign-in is an ordinary one.
    const byKey = new Map<string, SessionRow>();
    return [...rows]
      .sort((one, other) => one.signedInAt.getTime() - other.signedInAt.getTime())
      .flatMap((row) => {
        if (row.key === null) return [];
        const key = `${row.account} ${row.key}`;
        const earlier = byKey.get(key);
        byKey.set(key, row);
        return earlier === undefined || (earlier.endedAt !== null && earlier.supersededBy !== row.id)
          ? []
          : [`${key} has opened ${earlier.id} and ${row.id}`];
      });
  },

  'no session ends before it begins': ({ rows }) =>
    rows.flatMap(({ id, signedInAt, endedAt }) =>
      endedAt !== null && endedAt < signedInAt
        ? [`${id} began at ${signedInAt.toISOString()} and ended at ${endedAt.toISOString()}`]
        : [],
    ),

  'one clock orders the sessions of an account': ({ rowOf, openings }) => {
    // Acknowledgements that came one after another give the order; the rows must have the same.
    const all = [...openings.values()];
    return all.flatMap((later) =>
      all.flatMap((earlier) => {
        if (earlier.account !== later.account || earlier.by.endedAt >= later.from) return [];
        const [first, second] = [rowOf.get(earlier.session), rowOf.get(later.session)];
        if (first === undefined || second === undefined) return [];
        const aheadMs = first.signedInAt.getTime() - second.signedInAt.getTime();
        return aheadMs > clockErrorMs
          ? [
              `${first.id} is ${ms(aheadMs)} after ${second.id} by its row, and was acknowledged before that one was asked for`,
            ]
          : [];
      }),
    );
  },
};

function collect(history: History): Facts {
  const openings = new Map<string, Opening>();
  const enders = new Map<string, Ender[]>();
  const ends = new Map<string, { at: Time; by: Operation }>();
  const end = (session: string, by: Operation) => {
    const known = ends.get(session);
    if (known === undefined || by.endedAt < known.at) ends.set(session, { at: by.endedAt, by });
  };
  const asked = new Map<string, Time>();
  for (const { act, startedAt } of history.operations)
    if ('key' in act) asked.set(act.key, Math.min(asked.get(act.key) ?? Infinity, startedAt));
  for (const one of history.operations) {
    const { act, result } = one;
    if (result.kind === 'signedIn' && !openings.has(result.session))
      openings.set(result.session, {
        session: result.session,
        account: one.account,
        by: one,
        from: ('key' in act ? asked.get(act.key) : undefined) ?? one.startedAt,
      });
    if (act.kind === 'me') continue;
    const acknowledged = result.kind === 'signedIn' || result.kind === 'done';
    if (acknowledged || result.kind === 'unavailable') {
      const until = acknowledged ? one.endedAt : one.endedAt + maxLateMs;
      const all = enders.get(one.account) ?? [];
      enders.set(one.account, [...all, { operation: one, from: one.startedAt, until, acknowledged }]);
    }
    if (!acknowledged) continue;
    for (const session of result.ended) end(session, one);
  }
  // `endOtherSessions` and `changePassword` have ended every session that was opened before them.
  for (const one of history.operations) {
    const { act, result } = one;
    const endsOthers =
      (act.kind === 'endOtherSessions' && result.kind === 'done') ||
      (act.kind === 'changePassword' && result.kind === 'signedIn');
    if (!endsOthers) continue;
    for (const { session, account, by } of openings.values()) {
      const isOwn = act.kind === 'endOtherSessions' && session === one.session;
      if (account === one.account && by.endedAt < one.startedAt && !isOwn) end(session, one);
    }
  }
  return { ...history, openings, enders, ends, rowOf: new Map(history.rows.map((row) => [row.id, row])) };
}

interface Life {
  readonly session: string;
  readonly account: string;
  readonly from: Time;
  readonly until: Time;
}

/** Gives the time in which each session was certainly live: from its first answer to the last request that was accepted. */
function livesOf({ operations, openings }: Facts): readonly Life[] {
  const last = new Map<string, Time>();
  for (const one of operations)
    if (one.session !== null && isAccepted(one))
      last.set(one.session, Math.max(last.get(one.session) ?? -Infinity, one.startedAt));
  return [...openings.values()].flatMap(({ session, account, by }) => {
    const until = last.get(session) ?? -Infinity;
    return until < by.endedAt ? [] : [{ session, account, from: by.endedAt, until }];
  });
}

function endedBy({ result }: Operation): readonly string[] {
  return 'ended' in result ? result.ended : [];
}

function isAccepted({ result }: Operation): boolean {
  return result.kind === 'done' || result.kind === 'signedIn' || result.kind === 'notFound';
}

/** Describes a refusal that no operation of the history explains; empty if one does. */
function unexplained(
  { openings, enders }: Facts,
  session: string,
  { reason, by }: Refusal,
  at: Time,
  where: string,
): readonly string[] {
  const opening = openings.get(session);
  if (opening === undefined) return [`${where} is of a session that nothing opened`];
  const explains = enders.get(opening.account)?.some(({ operation, from, until }) => {
    if (from > at || until < opening.from || opensItself(operation, session)) return false;
    const { act } = operation;
    switch (reason) {
      case 'SUPERSEDED':
        return (act.kind === 'login' || act.kind === 'register') && by === act.device;
      case 'LOGGED_OUT':
        return (
          (act.kind === 'logout' && operation.session === session) ||
          (act.kind === 'endSession' && act.target === session && operation.session === session)
        );
      case 'REVOKED':
        return (
          (act.kind === 'endSession' && act.target === session && operation.session !== session) ||
          (act.kind === 'endOtherSessions' && operation.session !== session)
        );
      case 'PASSWORD_CHANGED':
        return act.kind === 'changePassword';
      default:
        return false;
    }
  });
  return explains === true
    ? []
    : [`${where} was refused as ${reason} by ${String(by)}, which nothing explains`];
}

function opensItself({ result }: Operation, session: string): boolean {
  return result.kind === 'signedIn' && result.session === session;
}

interface PasswordChange {
  readonly password: string;
  readonly from: Time;
  readonly until: Time;
  readonly acknowledged: boolean;
}

/** Describes operations with a password that was not valid then. Every password of a run is new, so it names its change. */
function wrongPasswords({ operations, enders }: Facts): readonly string[] {
  const changes = new Map<string, PasswordChange[]>();
  for (const [account, all] of enders)
    for (const { operation, from, until, acknowledged } of all) {
      const { act } = operation;
      if (act.kind !== 'changePassword' && act.kind !== 'register') continue;
      const password = 'newPassword' in act ? act.newPassword : act.password;
      const known = changes.get(account) ?? [];
      changes.set(account, [...known, { password, from, until, acknowledged }]);
    }
  return operations.flatMap((one) => {
    const { act, result } = one;
    if (act.kind !== 'login' && act.kind !== 'changePassword') return [];
    const all = changes.get(one.account) ?? [];
    const own = all.find(({ password }) => password === act.password);
    if (own === undefined) return [`${textOf(one)} used a password that nothing set`];
    const others = all.filter((change) => change !== own);
    if (result.kind === 'wrongPassword') {
      const explained =
        !own.acknowledged || others.some(({ from, until }) => from < one.endedAt && until > own.from);
      return explained ? [] : [`${textOf(one)} was refused with the password that was acknowledged`];
    }
    if (result.kind !== 'signedIn') return [];
    const replaced = others.find(
      ({ from, until, acknowledged }) => acknowledged && from > own.until && until < one.startedAt,
    );
    return replaced === undefined
      ? []
      : [`${textOf(one)} was accepted with a password that had been replaced`];
  });
}

/** @param healMs the time that a node needs after a fault to connect again */
function isCalm(faults: readonly Fault[], from: Time, until: Time, healMs = 3_000): boolean {
  return faults.every(({ startedAt, endedAt }) => endedAt + healMs < from || startedAt > until);
}

function countBy<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  return counts;
}

function textOf({ account, node, act, session, startedAt, endedAt }: Operation): string {
  return `${act.kind} of ${account} at ${node} with ${session ?? 'no token'}, ${ms(startedAt)} to ${ms(endedAt)}`;
}

function socketOf({ account, node, session, startedAt }: Watch): string {
  return `the socket of ${account} at ${node} for ${session} since ${ms(startedAt)}`;
}

function ms(time: Time): string {
  return `${time.toFixed(0)} ms`;
}
