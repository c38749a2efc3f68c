// The one clock of all nodes: the database's, as this process knows it. The difference is measured when the node starts,
// when it has made a connection, and every minute; in between, the time runs on by itself. So neither a node whose
// wall clock is wrong nor one whose wall clock is set while it runs orders or ends anything otherwise than the others.

import { type Clock, createRunningClock, type RunningClock } from '../common/clock.js';
import { type Log } from '../observability/log.js';

export interface DatabaseClock extends Clock {
  /** False until the database has told its time for the first time: the clock's time until then decides nothing. */
  isSet(): boolean;
  /** The difference of the machine's wall clock; null until the clock is set. */
  offset(): ClockOffset | null;
  /**
   * Asks the database for its time now.
   *
   * @throws DatabaseUnavailable when it does not tell; the clock runs on as it did
   */
  measure(): Promise<void>;
}

/** In milliseconds. */
export interface ClockOffset {
  /** How far the machine's wall clock is ahead of the database's; negative where it is behind. */
  readonly aheadMs: number;
  /** The error of the database's time as this process knows it. It grows until the next measurement. */
  readonly errorMs: number;
  /** The quickest round trip to the database that was measured; 0 where it is inside this process. */
  readonly roundTripMs: number;
}

export interface FollowedClock extends DatabaseClock {
  /** Measures once a minute from now on. */
  follow(): void;
  stop(): void;
}

const measureEveryMs = 60_000;

/** How often one measurement asks for the time; the quickest answer counts. */
const samples = 4;

/** An error of this many milliseconds is small enough to ask no further. */
const goodErrorMs = 0.5;

/** How far two machines' clocks drift apart: the part of a second in each second. */
const drift = 0.0002;

/** The difference that two exact measurements may have all the same, in milliseconds. */
const precisionMs = 1;

/** A wall clock is reported when it differs by more than this, in milliseconds. */
const reportedMs = 2_000;

/** A difference that was measured. */
interface MeasuredOffset {
  /** The database's time when the running clock's `elapsedMs` was 0. */
  readonly startMs: number;
  readonly errorMs: number;
  /** When it was measured, by `elapsedMs`. */
  readonly atMs: number;
  readonly roundTripMs: number;
}

/**
 * Follows the clock of a database server.
 *
 * @param ask runs the work that it is given with a function that gives the database's time, in milliseconds since 1970
 */
export function createDatabaseClock(
  ask: (work: (readMs: () => Promise<number>) => Promise<void>) => Promise<void>,
  log: Log,
): FollowedClock {
  const running = createRunningClock();
  const report = createReport(
    log,
    "this machine's clock differs from the database's, whose time is used; check its time synchronisation",
  );
  let known: MeasuredOffset | null = null;
  let measuring: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const measure = async () => {
    const taken: MeasuredOffset[] = [];
    await ask(async (readMs) => {
      while (taken.length < samples && !taken.some(({ errorMs }) => errorMs <= goodErrorMs))
        taken.push(await sample(running, readMs));
    });
    const best = taken.reduce((a, b) => (b.errorMs < a.errorMs ? b : a));
    known = known === null ? best : better(known, best);
    running.setStart(known.startMs);
    report(running.wallAheadMs());
  };

  const clock: FollowedClock = {
    now: running.now,
    isSet: () => known !== null,
    offset: () =>
      known && {
        aheadMs: running.wallAheadMs(),
        errorMs: errorAt(known, running.elapsedMs()),
        roundTripMs: known.roundTripMs,
      },
    measure: () =>
      (measuring ??= measure().finally(() => {
        measuring = null;
      })),
    follow() {
      // The requests that wait for a database notice that it is away.
      timer ??= setInterval(() => void clock.measure().catch(() => undefined), measureEveryMs).unref();
    },
    stop() {
      clearInterval(timer);
      running.stop();
    },
  };
  return clock;
}

/**
 * Makes the clock of a database inside this process: the machine's wall clock as it was at the start. The next start takes
 * over a later change of it: for sessions so much time would have passed at once.
 */
export function createEmbeddedClock(log: Log | null): FollowedClock {
  const running = createRunningClock();
  const report =
    log &&
    createReport(log, "this machine's clock was changed since the start; the next start takes that over");
  const measure = () => {
    report?.(running.wallAheadMs());
    return Promise.resolve();
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    now: running.now,
    isSet: () => true,
    offset: () => ({ aheadMs: running.wallAheadMs(), errorMs: 0, roundTripMs: 0 }),
    measure,
    follow() {
      timer ??= setInterval(() => void measure(), measureEveryMs).unref();
    },
    stop() {
      clearInterval(timer);
      running.stop();
    },
  };
}

/** Asks once. The database read its clock at some moment between question and answer: half of that time is the error. */
async function sample({ elapsedMs }: RunningClock, readMs: () => Promise<number>): Promise<MeasuredOffset> {
  const askedAtMs = elapsedMs();
  const timeMs = await readMs();
  const atMs = elapsedMs();
  const roundTripMs = atMs - askedAtMs;
  const errorMs = roundTripMs / 2;
  return { startMs: timeMs - askedAtMs - errorMs, errorMs, atMs, roundTripMs };
}

/**
 * Chooses the better of two measurements. The known one stays where the new one agrees with it and is less exact, as over a
 * busy network. Where they agree, the database is as near as the quicker one says.
 */
function better(known: MeasuredOffset, fresh: MeasuredOffset): MeasuredOffset {
  const knownErrorMs = errorAt(known, fresh.atMs);
  const agree = Math.abs(fresh.startMs - known.startMs) <= knownErrorMs + fresh.errorMs + precisionMs;
  if (!agree) return fresh;
  const roundTripMs = Math.min(known.roundTripMs, fresh.roundTripMs);
  return { ...(fresh.errorMs > knownErrorMs ? known : fresh), roundTripMs };
}

function errorAt(measured: MeasuredOffset, atMs: number): number {
  return measured.errorMs + (atMs - measured.atMs) * drift;
}

/** Logs a large difference once, and again when it has become another. */
function createReport(log: Log, message: string): (aheadMs: number) => void {
  let toldMs = 0;
  return (aheadMs) => {
    if (Math.abs(aheadMs - toldMs) <= reportedMs) return;
    toldMs = aheadMs;
    const aheadSeconds = Math.round(aheadMs / 100) / 10;
    if (Math.abs(aheadMs) > reportedMs) log.warn({ aheadSeconds }, message);
  };
}
