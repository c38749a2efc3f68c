// The acts of accounts with a short and with a very long past: what a request costs must not grow with it.

import { setTimeout as pause } from 'node:timers/promises';

import postgres from 'postgres';

import { startHufu } from '../harness/hufu.js';
import { median, spread } from '../harness/numbers.js';
import { ask, login, me, password } from '../harness/operations.js';
import { print, printTable, progress } from '../harness/report.js';
import { type Person, seedPeople } from '../harness/seed.js';
import { type Scenario } from './bench.js';

const quick = [10, 10_000];
const thorough = [...quick, 1_000_000];

const changePassword = {
  query: `mutation Change($input: ChangePasswordInput!) {
    changePassword(input: $input) { __typename ... on ChangePasswordSuccess { token } }
  }`,
  variables: { input: { currentPassword: password, newPassword: `${password}!` } },
};

const deleteAccount = {
  query: `mutation Delete($input: DeleteAccountInput!) { deleteAccount(input: $input) { __typename } }`,
  variables: { input: { password: `${password}!` } },
};

const acts = ['login', 'me', 'changePassword', 'deleteAccount'] as const;
type Act = (typeof acts)[number];

/** Milliseconds that each act took, by act and by the size of the past. */
type Times = ReadonlyMap<number, Readonly<Record<Act, number[]>>>;

export const heavyScenario: Scenario = async ({ full, pace, postgres: server, bar }) => {
  const sizes = full ? thorough : quick;
  const url = await server.createDatabase('bench_heavy');
  const hufu = await startHufu({ database: { DATABASE_URL: url } });
  const times: Times = new Map(
    sizes.map((size) => [size, { login: [], me: [], changePassword: [], deleteAccount: [] }]),
  );
  const accounts = new Map<number, readonly Person[]>();
  for (const size of sizes) {
    const people = await seedPeople(url, pace.rounds + 1);
    await addPast(url, people, size);
    accounts.set(size, people);
    progress(`seeded ${String(people.length)} accounts with ${size.toLocaleString('en-US')} past rows each`);
  }

  // Of each size in turn; the first round warms up.
  for (let round = 0; round <= pace.rounds; round += 1) {
    for (const size of sizes) {
      const person = accounts.get(size)?.[round];
      if (person === undefined) throw new Error('there is no account for this round');
      const took = await play(hufu.port, person);
      await erased(url);
      if (round > 0) for (const act of acts) times.get(size)?.[act].push(took[act]);
    }
  }

  print('## Acts by the past of the account');
  print();
  print(
    'Milliseconds from the request to the answer, one at a time; past rows are ended sessions, and as many events.',
  );
  print();
  printTable([
    ['act', ...sizes.map((size) => size.toLocaleString('en-US'))],
    ...acts.map((act) => [act, ...sizes.map((size) => spread(times.get(size)?.[act] ?? []))]),
  ]);
  const [base, largest] = [times.get(sizes[0] ?? 0), times.get(sizes.at(-1) ?? 0)];
  if (base === undefined || largest === undefined) return;
  for (const act of acts) {
    bar({
      name: `${act} with ${(sizes.at(-1) ?? 0).toLocaleString('en-US')} past rows to 10`,
      measured: median(largest[act]) / median(base[act]),
      wanted: 1.3,
      atLeast: false,
    });
  }
};

async function play(port: number, { email }: Person): Promise<Record<Act, number>> {
  const took: Partial<Record<Act, number>> = {};
  const time = async (act: Act, run: () => Promise<string>) => {
    const begun = performance.now();
    const body = await run();
    took[act] = performance.now() - begun;
    const token = /"token":"([^"]+)"/.exec(body)?.[1];
    if (body.includes('"errors"')) throw new Error(`${act}: ${body}`);
    return token ?? '';
  };
  const signedIn = await time('login', async () => (await ask({ port }, login(email))).body);
  await time('me', async () => (await ask({ port }, me, signedIn)).body);
  const changed = await time(
    'changePassword',
    async () => (await ask({ port }, changePassword, signedIn)).body,
  );
  await time('deleteAccount', async () => (await ask({ port }, deleteAccount, changed)).body);
  return took as Record<Act, number>;
}

/** Waits until the traces of deleted accounts are erased: that goes on behind the answer, and disturbs the next one. */
async function erased(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    while ((await sql`select from hufu.users where traces_left limit 1`).length > 0) await pause(200);
  } finally {
    await sql.end();
  }
}

async function addPast(url: string, people: readonly Person[], size: number): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    for (const { email } of people) {
      await sql`
        insert into hufu.sessions (id, user_id, slot, device_kind, device_name, user_agent, ip, signed_in_at, last_seen_at,
          expires_at, ended_at, end_reason)
        select gen_random_uuid(), u.id, 'only', 'WEB', 'Bench', 'bench', '127.0.0.1', at, at, at + interval '1 day', at,
          'LOGGED_OUT'
        from hufu.users u, lateral (select now() - make_interval(secs => n) as at
          from generate_series(60, ${size + 59}::integer) n) past
        where u.email = ${email}`;
      await sql`
        insert into hufu.security_events (id, user_id, kind, outcome, device_kind, device_name, user_agent, ip, at)
        select gen_random_uuid(), u.id, 'LOGIN', 'SUCCEEDED', 'WEB', 'Bench', 'bench', '127.0.0.1', at
        from hufu.users u, lateral (select now() - make_interval(secs => n) as at
          from generate_series(60, ${size + 59}::integer) n) past
        where u.email = ${email}`;
    }
    await sql.unsafe('vacuum analyze hufu.sessions');
    await sql.unsafe('vacuum analyze hufu.security_events');
  } finally {
    await sql.end();
  }
}
