// Operations of accounts with a short and with a very long past: the cost of a request must not grow with the past.

import { setTimeout as pause } from 'node:timers/promises';

import postgres from 'postgres';

import { startHufu } from '../harness/hufu.js';
import { median, short, spread } from '../harness/numbers.js';
import { ask, login, me, password } from '../harness/operations.js';
import { type MeasuredServer } from '../harness/processes.js';
import { print, printTable, progress } from '../harness/report.js';
import { seedPeople } from '../harness/seed.js';
import { startSmtpSink } from '../harness/smtpSink.js';
import { type Scenario } from './bench.js';

const quick = [10, 10_000];
const thorough = [...quick, 1_000_000];

/** The number of turns of each account in a round, before the account is deleted. */
const turns = 5;

const changePassword = (currentPassword: string, newPassword: string) => ({
  query: `mutation Change($input: ChangePasswordInput!) {
    changePassword(input: $input) { __typename ... on ChangePasswordSuccess { token } }
  }`,
  variables: { input: { currentPassword, newPassword } },
});

const logout = { query: 'mutation Logout { logout { __typename } }' };

const deleteAccount = { query: 'mutation Delete { deleteAccount { __typename } }' };

const acts = ['login', 'me', 'changePassword', 'deleteAccount'] as const;
type Act = (typeof acts)[number];
type Times = Readonly<Record<Act, number[]>>;

interface Account {
  readonly email: string;
  /** The number of its ended sessions, and of its events. */
  readonly past: number;
  /** The median of each round, in milliseconds. */
  readonly took: Times;
}

export const heavyScenario: Scenario = async ({ full, pace, postgres: server, bar }) => {
  const url = await server.createDatabase('bench_heavy');
  const smtp = await startSmtpSink();
  const hufu = await startHufu({ database: { DATABASE_URL: url }, env: { SMTP_URL: smtp.url } });
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    const accounts: Account[] = [];
    for (const past of full ? thorough : quick) {
      const [person] = await seedPeople(url, 1);
      if (person === undefined) throw new Error('there is no account');
      await addPast(sql, person.email, past);
      accounts.push({ email: person.email, past, took: noTimes() });
      progress(`an account has a past of ${number(past)} sessions and as many events`);
    }
    await settle(sql);

    // The first round warms up. Only its deletions leave many rows to erase.
    const erased: string[][] = [];
    for (let round = 0; round <= pace.rounds; round += 1) {
      progress(`heavy, round ${String(round)}`);
      const times = accounts.map((account) => ({ account, took: noTimes() }));
      for (let turn = 0; turn < turns; turn += 1) {
        for (const { account, took } of times) await use(hufu, account, took);
      }
      for (const { account, took } of times) {
        const token = await timed([], hufu, login(account.email));
        const restore = await keep(sql, account.email);
        await timed(took.deleteAccount, hufu, deleteAccount, token);
        const erasing = await watchErasing(sql, hufu, server.cpuUs);
        if (round === 0) erased.push([number(account.past), ...erasing(2 * account.past)]);
        await restore();
      }
      if (round === 0) await settle(sql);
      else
        for (const { account, took } of times)
          for (const act of acts) account.took[act].push(median(took[act]));
    }
    report(accounts, erased, bar);
  } finally {
    await sql.end();
    await smtp.close();
  }
};

function noTimes(): Times {
  return { login: [], me: [], changePassword: [], deleteAccount: [] };
}

/** Signs in, reads, changes the password and changes it back, and signs out, so that the next sign-in supersedes no session. */
async function use(hufu: MeasuredServer, { email }: Account, took: Times): Promise<void> {
  const changed = `${password}!`;
  let token = await timed(took.login, hufu, login(email));
  await timed(took.me, hufu, me, token);
  token = await timed(took.changePassword, hufu, changePassword(password, changed), token);
  token = await timed(took.changePassword, hufu, changePassword(changed, password), token);
  await timed([], hufu, logout, token);
}

/** Sends an operation, adds its duration to the times, and gives the token of the answer. */
async function timed(
  times: number[],
  hufu: MeasuredServer,
  operation: Parameters<typeof ask>[1],
  token: string | null = null,
): Promise<string> {
  const startedAt = performance.now();
  const { body } = await ask(hufu, operation, token);
  times.push(performance.now() - startedAt);
  if (!/(?:Success|Payload)"|"me":\{/.test(body)) throw new Error(`an operation failed: ${body}`);
  return /"token":"([^"]+)"/.exec(body)?.[1] ?? '';
}

/** Waits until the traces of deleted accounts are erased, and gives a function for the costs of so many rows. */
async function watchErasing(
  sql: postgres.Sql,
  hufu: MeasuredServer,
  databaseUs: () => number,
): Promise<(rows: number) => string[]> {
  const used = async () => ({
    ms: performance.now(),
    cpuUs: (await hufu.usage()).cpuUs,
    databaseUs: databaseUs(),
  });
  const before = await used();
  while ((await sql`select from hufu.users where traces_left limit 1`).length > 0) await pause(50);
  const after = await used();
  const seconds = (after.ms - before.ms) / 1_000;
  return (rows) => [
    short(seconds),
    short(rows / seconds),
    short((after.cpuUs - before.cpuUs) / rows),
    short((after.databaseUs - before.databaseUs) / rows),
  ];
}

/** Saves the fields that a deletion removes. The returned function restores them, so that every round uses the same past. */
async function keep(sql: postgres.Sql, email: string): Promise<() => Promise<void>> {
  const [user] = await sql<{ id: string; hash: string }[]>`
    select id, password_hash as hash from hufu.users where email = ${email}`;
  if (user === undefined) throw new Error('there is no account to delete');
  return async () => {
    await sql`
      update hufu.users set deleted_at = null, email = ${email}, email_key = ${email}, password_hash = ${user.hash}
      where id = ${user.id}`;
  };
}

/** Adds ended sessions, one a second, and as many events. */
async function addPast(sql: postgres.Sql, email: string, past: number): Promise<void> {
  await sql.begin(async (tx) => {
    // Skips the check of the foreign key for each row.
    await tx`set local session_replication_role = replica`;
    await tx`
      insert into hufu.sessions (id, user_id, slot, device_kind, device_name, user_agent, ip, methods, proved_at,
        signed_in_at, last_seen_at, expires_at, ended_at, end_reason)
      select gen_random_uuid(), u.id, 'only', 'WEB', 'Bench', 'bench', '127.0.0.1', '{PASSWORD}', at, at, at, at + interval '1 day', at,
        'LOGGED_OUT'
      from hufu.users u, lateral (select now() - make_interval(secs => n) as at
        from generate_series(60, ${past + 59}::integer) n) past
      where u.email = ${email}`;
    await tx`
      insert into hufu.security_events (id, user_id, kind, outcome, device_kind, device_name, user_agent, ip, at)
      select gen_random_uuid(), u.id, 'LOGIN', 'SUCCEEDED', 'WEB', 'Bench', 'bench', '127.0.0.1', at
      from hufu.users u, lateral (select now() - make_interval(secs => n) as at
        from generate_series(60, ${past + 59}::integer) n) past
      where u.email = ${email}`;
  });
}

/** Makes PostgreSQL do its maintenance now, not during a measurement. */
async function settle(sql: postgres.Sql): Promise<void> {
  await sql.unsafe('vacuum analyze hufu.sessions');
  await sql.unsafe('vacuum analyze hufu.security_events');
  await sql.unsafe('checkpoint');
}

function report(
  accounts: readonly Account[],
  erased: readonly (readonly string[])[],
  bar: Parameters<Scenario>[0]['bar'],
): void {
  const [few, ...many] = accounts;
  const toFew = (act: Act, { took }: Account) =>
    took[act].map((ms, round) => ms / (few?.took[act][round] ?? Number.NaN));
  print('## Acts by the past of the account');
  print();
  print(
    'Milliseconds from the request to the answer, one at a time, and to those of the same round with a short past.',
  );
  print('The past is ended sessions, and as many events. Mail is on.');
  print();
  printTable([
    [
      'act',
      ...accounts.map(({ past }) => `${number(past)}: ms`),
      ...many.map(({ past }) => `${number(past)} to ${String(few?.past)}`),
    ],
    ...acts.map((act) => [
      act,
      ...accounts.map(({ took }) => spread(took[act])),
      ...many.map((account) => spread(toFew(act, account))),
    ]),
  ]);
  print(
    'The rows that a deletion leaves to erase after its answer, sessions and events together, on an idle node:',
  );
  print();
  printTable([['past', 'seconds', 'rows/s', 'CPU us/row', 'database us/row'], ...erased]);
  for (const account of many) {
    for (const act of acts) {
      bar({
        name: `${act} with a past of ${number(account.past)} to one of ${String(few?.past)}`,
        measured: median(toFew(act, account)),
        wanted: 1.3,
        atLeast: false,
      });
    }
  }
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
