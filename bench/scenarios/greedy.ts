// Logins of other users while one user sends ten requests at once, each for 24 pages of a long history.

import postgres from 'postgres';

import { type Checkout, openCheckout } from '../harness/checkouts.js';
import { type Load, type Run } from '../harness/generator.js';
import { type Generator, graphqlRequest, startGenerator } from '../harness/load.js';
import { median, short } from '../harness/numbers.js';
import { login, loginAnswers } from '../harness/operations.js';
import { print, printTable } from '../harness/report.js';
import { type Person } from '../harness/seed.js';
import { otherCheckout, type Scenario } from './bench.js';

const people = 400;
const past = 20_000;
const parallel = 10;

const pages = Array.from(
  { length: 24 },
  (_, index) => `p${String(index)}: history { edges { node { id signedInAt } } }`,
).join(' ');

/** Trusts a proxy, so that each user can have a network of its own. */
const env = { RATE_LIMITS: 'on', TRUST_PROXY: '1' };

const from = (ip: string, request: string) =>
  request.replace('user-agent:', `x-forwarded-for: ${ip}\r\nuser-agent:`);

export const greedyScenario: Scenario = async ({ pace, postgres: server, generator, against }) => {
  const attacker = startGenerator();
  const prepare = async (name: string, checkout: Checkout) => {
    const hufu = await checkout.start(env);
    const [user, ...others] = await checkout.addPeople(people + 1);
    if (user === undefined) throw new Error('there is no greedy user');
    await addHistory(checkout.url, user);
    const requests = others.map(({ email }, index) =>
      from(`198.51.${String(index >> 8)}.${String(index & 255)}`, graphqlRequest(login(email), null)),
    );
    const attack = from('192.0.2.1', graphqlRequest({ query: `{ me { ${pages} } }` }, user.token));
    return {
      name,
      attack: { ports: [hufu.port], connections: parallel, requests: [attack], expect: '"p23":' },
      logins: { ports: [hufu.port], connections: 1, requests, expect: loginAnswers },
      alone: new Array<Run>(),
      beside: new Array<Run>(),
      greedy: new Array<Run>(),
    };
  };
  const measured = [await prepare('Hufu', await openCheckout(server, 'bench_greedy', null))];
  if (against !== null) {
    const other = await openCheckout(server, 'bench_greedy_other', against);
    measured.push(await prepare(otherCheckout, other));
  }

  const sliceMs = pace.sliceMs * 2;
  const timed = async (using: Generator, load: Load, durationMs: number) => {
    await using.open(load);
    const run = await using.tryRun(durationMs);
    await using.close();
    return run;
  };
  for (const { logins } of measured) await timed(generator, logins, pace.warmUpMs);
  for (let round = 0; round < pace.rounds; round += 1) {
    for (const { attack, logins, alone, beside, greedy } of measured) {
      alone.push(await timed(generator, logins, sliceMs));
      const attacked = timed(attacker, attack, sliceMs);
      beside.push(await timed(generator, logins, sliceMs));
      greedy.push(await attacked);
    }
  }

  print('## Logins beside a greedy user');
  print();
  print(
    `One login at a time, each from a network of its own; alone, and beside ${String(parallel)} requests at once of`,
  );
  print(`one user with a history of ${past.toLocaleString('en-US')} sessions, each for 24 pages of it.`);
  print();
  const of = (runs: readonly Run[], figure: (run: Run) => number) => short(median(runs.map(figure)));
  const failures = (runs: readonly Run[]) => String(runs.reduce((sum, { failed }) => sum + failed, 0));
  printTable([
    ['server', 'alone: p50 ms', 'p99 ms', 'beside: p50 ms', 'p99 ms', 'failed', 'greedy requests/s'],
    ...measured.map(({ name, alone, beside, greedy }) => [
      name,
      of(alone, ({ p50Ms }) => p50Ms),
      of(alone, ({ p99Ms }) => p99Ms),
      of(beside, ({ p50Ms }) => p50Ms),
      of(beside, ({ p99Ms }) => p99Ms),
      failures(beside),
      of(greedy, ({ requests, failed, seconds }) => (requests - failed) / seconds),
    ]),
  ]);
};

/** Adds ended sessions to a user's history, in the schema that the checkout uses. */
async function addHistory(url: string, { email }: Person): Promise<void> {
  const sql = postgres(url, {
    max: 1,
    onnotice: () => undefined,
    connection: { search_path: 'hufu, public' },
  });
  try {
    await sql`
      insert into sessions (id, user_id, slot, device_kind, methods, proved_at, signed_in_at, last_seen_at, expires_at,
        ended_at, end_reason)
      select gen_random_uuid(), u.id, 'only', 'WEB', '{PASSWORD}', at, at, at, at + interval '1 day', at, 'LOGGED_OUT'
      from users u, lateral (select now() - make_interval(secs => n) as at
        from generate_series(60, ${past + 59}::integer) n) past
      where u.email = ${email}`;
    await sql.unsafe('vacuum analyze sessions');
  } finally {
    await sql.end();
  }
}
