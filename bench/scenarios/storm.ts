// `me` while other users log in, against `me` without them.

import { startHufu } from '../harness/hufu.js';
import { graphqlRequest, startGenerator } from '../harness/load.js';
import { median, short, spread } from '../harness/numbers.js';
import { login, loginAnswers, meAnswers, meRequests } from '../harness/operations.js';
import { print, printTable } from '../harness/report.js';
import { type Measured, rateOf, ratios, type Sample, take } from '../harness/rounds.js';
import { seed, seedPeople } from '../harness/seed.js';
import { type Scenario } from './bench.js';

const clients = 20;
const people = 400;

/** The time for which users log in before and after `me` is measured, in milliseconds. */
const aroundMs = 500;

export const stormScenario: Scenario = async ({ pace, connections, postgres, generator, bar }) => {
  const url = await postgres.createDatabase('bench_storm');
  const hufu = await startHufu({ database: { DATABASE_URL: url } });
  const requests = meRequests(await seed(url, 1_000, 1_000));
  const loginRequests = (await seedPeople(url, people)).map(({ email }) =>
    graphqlRequest(login(email), null),
  );
  const load = { ports: [hufu.port], connections, requests, expect: meAnswers };
  const variant = { name: '`me`', load, servers: [hufu], databaseCpuUs: () => postgres.cpuUs() };
  const storm = startGenerator();
  const stormLoad = {
    ports: [hufu.port],
    connections: clients,
    requests: loginRequests,
    expect: loginAnswers,
  };

  const inStorm = async (durationMs: number) => {
    await storm.open(stormLoad);
    const logins = storm.run(durationMs + 2 * aroundMs);
    // Awaited below; a failure must not end the process during the measurement.
    logins.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, aroundMs));
    const sample = await take(generator, variant, durationMs);
    const run = await logins;
    await storm.close();
    return { sample, loginsPerSecond: run.requests / run.seconds, loginP99Ms: run.p99Ms };
  };

  // Long slices, so that p99 includes some dozen logins.
  const sliceMs = pace.sliceMs * 2;
  await take(generator, variant, pace.warmUpMs);
  await inStorm(pace.warmUpMs);
  const idle: Sample[] = [];
  const stormy: Awaited<ReturnType<typeof inStorm>>[] = [];
  for (let round = 0; round < pace.rounds; round += 1) {
    idle.push(await take(generator, variant, sliceMs));
    stormy.push(await inStorm(sliceMs));
  }

  const calm: Measured = { variant: 'idle', samples: idle };
  const rough: Measured = { variant: 'storm', samples: stormy.map(({ sample }) => sample) };
  const slower = ratios(rough, calm, ({ p99Ms }) => p99Ms);
  const fewer = ratios(rough, calm, rateOf);
  print('## `me` during a login storm');
  print();
  print(
    `${String(connections)} connections ask for \`me\`; in every second slice ${String(clients)} clients log in.`,
  );
  print();
  printTable([
    [
      '',
      '`me` requests/s',
      'p50 ms',
      'p99 ms',
      'cores: server + database + load',
      'logins/s',
      'login p99 ms',
    ],
    [...rowOf(calm), '-', '-'],
    [
      ...rowOf(rough),
      short(median(stormy.map(({ loginsPerSecond }) => loginsPerSecond))),
      short(median(stormy.map(({ loginP99Ms }) => loginP99Ms))),
    ],
    ['storm to idle', spread(fewer), '', spread(slower), '', '', ''],
  ]);
  bar({ name: '`me` in a login storm: p99 to idle', measured: median(slower), wanted: 2, atLeast: false });
  bar({
    name: '`me` in a login storm: requests/s to idle',
    measured: median(fewer),
    wanted: 0.6,
    atLeast: true,
  });
};

function rowOf({ variant, samples }: Measured): string[] {
  const of = (figure: (sample: Sample) => number) => median(samples.map(figure));
  const cores = [of((s) => s.cores.servers), of((s) => s.cores.database), of((s) => s.cores.generator)];
  return [
    variant,
    short(of(rateOf)),
    short(of((s) => s.p50Ms)),
    short(of((s) => s.p99Ms)),
    cores.map((value) => value.toFixed(2)).join(' + '),
  ];
}
