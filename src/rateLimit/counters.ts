// Counts in the shared database, so that they hold over all nodes: fixed windows, one row for each key. One statement
// takes all counts of an attempt or none, and one gives them back. Each locks its rows in the order of their keys, so
// that attempts at crossing keys cannot deadlock, and no transaction stays open between round trips.

import { type SQL, sql, type SQLWrapper } from 'drizzle-orm';

import { ServiceUnavailableError } from '../common/errors.js';

/** Runs a statement, outside a transaction or in one. */
export interface Executor {
  execute(statement: SQL): PromiseLike<unknown>;
}

/** A transaction, which also sends statements without waiting for their answers. */
export interface TransactionExecutor extends Executor {
  send(statement: PromiseLike<unknown>): void;
}

/** The database that has the counts. */
export interface CounterStore<Db extends Executor = Executor> {
  read<T>(work: (db: Db) => Promise<T>): Promise<T>;
}

/** The tables, as Drizzle has them. */
export interface CounterTables {
  /** `key`, `points`, `expire`. */
  readonly counts: SQLWrapper;
  /** The networks from which a user signed in to an account, by `key`. */
  readonly known: SQLWrapper;
}

/** One thing that is counted, for one key. */
export interface Count {
  /** The name of what is counted and a digest of whom it is counted for; letters, digits, `:`, `-` and `_`. */
  readonly key: string;
  /** How many are allowed in a window. */
  readonly most: number;
  /** The length of a window in seconds, from its first count on. */
  readonly seconds: number;
  /**
   * The effect of an attempt. `take`: takes one, and is refused where none is left. `offer`: takes one where one is
   * left. `check`: takes none, and is refused where none is left.
   */
  readonly mode: 'take' | 'offer' | 'check';
}

/** A count, and when its window ends. */
export interface Counted {
  readonly count: Count;
  readonly until: Date;
}

export interface Taking {
  /** The counts of which one was taken; none where the attempt is refused. */
  readonly taken: readonly Counted[];
  /** The counts that have none left and refuse the attempt. */
  readonly full: readonly Counted[];
  /** The counts that have none left and do not refuse it. */
  readonly exhausted: readonly Counted[];
  /** Whether the network that was asked about is known. */
  readonly isKnown: boolean;
}

export interface Counters {
  /**
   * Takes one of each count, or none of any, in one round trip.
   *
   * @param knownKey the key of a network that may be known; looked up at the same cost whether or not it is
   */
  take(db: Executor, counts: readonly Count[], knownKey: string, now: Date): Promise<Taking>;
  /** Whether a network is known. */
  isKnown(store: CounterStore, knownKey: string): Promise<boolean>;
  /** Gives back what was taken, but for windows that have ended since, and counts one more of each of the others. */
  settle(store: CounterStore, taken: readonly Counted[], add: readonly Count[], now: Date): Promise<void>;
  /** Deletes counts, inside a transaction. */
  clear(tx: TransactionExecutor, keys: readonly string[]): void;
}

/** How often a row may vanish while a statement waits for it: maintenance deletes rows whose windows have ended. */
const maxTries = 5;

export function createCounters({ counts: table, known }: CounterTables): Counters {
  /**
   * Makes the rows that are missing. Their windows begin when the first attempt is counted in them, not here. Rows that are
   * there are left out: `on conflict` would wait for each attempt that counts in them. The subselect hides the number of keys
   * from the planner, which otherwise plans the statement each time.
   */
  const makeRows = (counts: readonly Count[]) => sql`
    insert into ${table} (key, points, expire)
    select key, 0, to_timestamp(0) from unnest((select ${textArray(counts.map(({ key }) => key))})) as asked(key)
    where (select counted.key from ${table} as counted where counted.key = asked.key) is null
    order by key
    on conflict (key) do nothing`;

  const takeAll = (counts: readonly Count[], knownKey: string, now: Date) => sql`
    with asked as (
      select * from unnest(
        ${textArray(counts.map(({ key }) => key))},
        ${intArray(counts.map(({ most }) => most))},
        ${intArray(counts.map(({ seconds }) => seconds))},
        ${textArray(counts.map(({ mode }) => mode))}
      ) as asked(key, most, seconds, mode)
    ), locked as materialized (
      select key, points, expire from ${table}
      where key = any(${textArray(counts.map(({ key }) => key))})
      order by key for update
    ), judged as materialized (
      select asked.key, asked.mode,
        locked.key is null and asked.mode <> 'check' as missing,
        case when locked.expire > ${moment(now)} then locked.points else 0 end as points,
        case when locked.expire > ${moment(now)} then locked.expire
          else ${moment(now)} + make_interval(secs => asked.seconds) end as expire,
        locked.expire > ${moment(now)} and locked.points >= asked.most as spent
      from asked left join locked on locked.key = asked.key
    ), taken as (
      update ${table} as counted set points = judged.points + 1, expire = judged.expire
      from judged
      where counted.key = judged.key and judged.mode <> 'check' and judged.spent is not true
        and not exists (select 1 from judged where missing or (spent and mode <> 'offer'))
      returning counted.key
    )
    select judged.key, judged.missing, coalesce(judged.spent, false) as spent,
      (extract(epoch from judged.expire) * 1000)::float8 as until,
      taken.key is not null as taken,
      exists (select 1 from ${known} where key = ${knownKey}) as known
    from judged left join taken on taken.key = judged.key`;

  /**
   * Locks the rows that are there in the order of their keys, as {@link takeAll} does, and then the missing ones by inserting
   * them.
   */
  const settleAll = (taken: readonly Counted[], add: readonly Count[], now: Date) => sql`
    with given as (
      select * from unnest(
        ${textArray(taken.map(({ count }) => count.key))},
        ${textArray(taken.map(({ until }) => until.toISOString()))}
      ) as given(key, until)
    ), added as (
      select * from unnest(
        ${textArray(add.map(({ key }) => key))},
        ${intArray(add.map(({ seconds }) => seconds))}
      ) as added(key, seconds)
    ), locked as materialized (
      select key, expire from ${table}
      where key = any(${textArray([...taken.map(({ count }) => count), ...add].map(({ key }) => key))})
      order by key for update
    ), given_back as (
      update ${table} as counted set points = greatest(counted.points - 1, 0)
      from locked join given on given.key = locked.key
      where counted.key = locked.key and locked.expire = given.until::timestamptz
    )
    insert into ${table} as counted (key, points, expire)
    select added.key, 1, ${moment(now)} + make_interval(secs => added.seconds)
    from added cross join (select count(*) from locked) as all_locked
    order by added.key
    on conflict (key) do update set
      points = case when counted.expire > ${moment(now)} then counted.points + 1 else 1 end,
      expire = case when counted.expire > ${moment(now)} then counted.expire else excluded.expire end`;

  const takeOnce = async (db: Executor, counts: readonly Count[], knownKey: string, now: Date) => {
    const kept = counts.filter(({ mode }) => mode !== 'check');
    // Both are on their way before either is answered: one round trip.
    const [, answer] = await Promise.all([
      db.execute(makeRows(kept)),
      db.execute(takeAll(counts, knownKey, now)),
    ]);
    return rowsOf(answer) as readonly Row[];
  };

  const take = async (db: Executor, counts: readonly Count[], knownKey: string, now: Date) => {
    for (let tries = 1; ; tries += 1) {
      const rows = await takeOnce(db, counts, knownKey, now);
      if (!rows.some(({ missing }) => missing)) return read(rows, counts);
      if (tries === maxTries) throw new Error('rows of counts vanish');
    }
  };

  return {
    take,

    isKnown: (store, knownKey) =>
      store.read(async (db) => {
        const found = await db.execute(sql`select 1 from ${known} where key = ${knownKey}`);
        return rowsOf(found).length > 0;
      }),

    async settle(store, taken, add, now) {
      const open = taken.filter(({ until }) => until > now);
      if (open.length === 0 && add.length === 0) return;
      await store.read(async (db) => db.execute(settleAll(open, add, now)));
    },

    clear(tx, keys) {
      const these = sql`select key from ${table} where key = any(${textArray(keys)}) order by key for update`;
      tx.send(tx.execute(sql`delete from ${table} where key in (${these})`));
    },
  };
}

interface Row {
  readonly key: string;
  readonly missing: boolean;
  readonly spent: boolean;
  readonly until: number;
  readonly taken: boolean;
  readonly known: boolean;
}

/** Returns the rows of an answer: one driver answers with them, the other with an object that holds them. */
export function rowsOf(answer: unknown): readonly unknown[] {
  return Array.isArray(answer) ? answer : (answer as { readonly rows: readonly unknown[] }).rows;
}

function read(rows: readonly Row[], counts: readonly Count[]): Taking {
  const byKey = new Map(counts.map((count) => [count.key, count]));
  const counted = (row: Row): Counted | [] => {
    const count = byKey.get(row.key);
    return count === undefined ? [] : { count, until: new Date(Math.round(row.until)) };
  };
  const spent = rows.filter((row) => row.spent).flatMap(counted);
  return {
    taken: rows.filter((row) => row.taken).flatMap(counted),
    full: spent.filter(({ count }) => count.mode !== 'offer'),
    exhausted: spent.filter(({ count }) => count.mode === 'offer'),
    isKnown: rows.some((row) => row.known),
  };
}

/** Binds texts as one parameter whatever their number, so that one prepared statement serves every size. */
function textArray(values: readonly string[]): SQL {
  return sql`${`{${values.join(',')}}`}::text[]`;
}

function intArray(values: readonly number[]): SQL {
  return sql`${`{${values.join(',')}}`}::int[]`;
}

function moment(at: Date): SQL {
  return sql`${at.toISOString()}::timestamptz`;
}

/** Attempts cannot be counted, or too many wait for their turn: none is let through uncounted. */
export class LimiterUnavailable extends ServiceUnavailableError {
  override readonly name = 'LimiterUnavailable';

  constructor(cause?: unknown) {
    super('Attempts cannot be counted.', { cause });
  }
}
