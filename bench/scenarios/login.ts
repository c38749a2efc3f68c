// Logins per second, against a process that only checks hashes on as many cores.

import { startHashes } from '../harness/hashes.js';
import { openCheckout } from '../harness/checkouts.js';
import { graphqlRequest } from '../harness/load.js';
import { median, short, spread } from '../harness/numbers.js';
import { login, loginAnswers } from '../harness/operations.js';
import { type MeasuredServer } from '../harness/processes.js';
import { print, printTable, progress } from '../harness/report.js';
import { type Sample, take, type Variant } from '../harness/rounds.js';
import { hashOfPassword, type Person } from '../harness/seed.js';
import { noSlower, otherCheckout, type Scenario } from './bench.js';

const clients = 20;

/** The number of users: enough that two clients rarely log in the same user at the same time. */
const people = 400;

/**
 * The number of warm-ups of a node. During one it answers some 200 logins, while V8 still compiles on other threads and runs
 * code that it has not compiled yet. Both are a third of the CPU time of a login beside its hash.
 */
const warmUps = 8;

/** Rate limits as in production. No client reaches one, since all passwords are correct. */
const countingOn = { RATE_LIMITS: 'on' };

interface Round {
  readonly hashesPerSecond: number;
  readonly hashCpuUs: number;
  /** One sample for each variant. */
  readonly samples: readonly Sample[];
}

export const loginScenario: Scenario = async ({ pace, postgres, generator, against, bar }) => {
  const ours = await openCheckout(postgres, 'bench_login', null);
  const hufu = await ours.start(countingOn);
  const variant = (name: string, server: MeasuredServer, all: readonly Person[]): Variant => ({
    name,
    load: {
      ports: [server.port],
      connections: clients,
      requests: all.map(({ email }) => graphqlRequest(login(email), null)),
      expect: loginAnswers,
    },
    servers: [server],
    databaseCpuUs: () => postgres.cpuUs(),
  });
  const theirs = await ours.addPeople(people);
  const variants = [variant('Hufu', hufu, theirs)];
  if (against === null) variants.push(variant('Hufu, RATE_LIMITS off', await ours.start(), theirs));
  else {
    const other = await openCheckout(postgres, 'bench_login_other', against);
    const server = await other.start(countingOn);
    variants.push(variant(otherCheckout, server, await other.addPeople(people)));
  }
  const hashes = startHashes(await hashOfPassword());

  // A login takes a thousand times as long as a read.
  const sliceMs = pace.sliceMs * 2;
  const round = async (durationMs: number): Promise<Round> => {
    const { checks, seconds, cpuUs } = await hashes.run(durationMs);
    const samples: Sample[] = [];
    for (const one of variants) samples.push(await take(generator, one, durationMs));
    return { hashesPerSecond: checks / seconds, hashCpuUs: cpuUs / checks, samples };
  };
  for (const one of variants) await take(generator, one, pace.warmUpMs * warmUps);
  await round(pace.warmUpMs);
  const rounds: Round[] = [];
  for (let count = 0; count < pace.rounds; count += 1) {
    progress(`login, round ${String(count + 1)}`);
    rounds.push(await round(sliceMs));
  }

  print('## Logins');
  print();
  print(
    `${String(clients)} clients, ${String(people)} people. Base: a process that only checks hashes, with the`,
  );
  print('same parameters and as many at once: one for each core but one.');
  print();
  printTable([
    ['what', 'a second', 'CPU ms each', 'database ms each', 'p50 ms', 'p99 ms', 'to the hash alone'],
    [
      'the hash alone',
      short(median(rounds.map((one) => one.hashesPerSecond))),
      short(median(rounds.map((one) => one.hashCpuUs / 1_000))),
      '-',
      '-',
      '-',
      '1.00',
    ],
    ...variants.map(({ name }, index) => {
      const of = (figure: (sample: Sample) => number) =>
        short(median(rounds.flatMap(({ samples }) => samples[index] ?? []).map(figure)));
      return [
        name,
        of((sample) => sample.requestsPerSecond),
        of((sample) => sample.cpuUsPerRequest / 1_000),
        of((sample) => sample.databaseUsPerRequest / 1_000),
        of((sample) => sample.p50Ms),
        of((sample) => sample.p99Ms),
        spread(toHash(rounds, index)),
      ];
    }),
  ]);
  bar({
    name: 'logins/s of what the hash alone allows',
    measured: median(toHash(rounds, 0)),
    wanted: 0.85,
    atLeast: true,
  });
  if (against !== null) {
    bar({
      name: 'CPU per login of the other checkout',
      measured: median(rounds.map(({ samples: [own, other] }) => cpuOf(own) / cpuOf(other))),
      ...noSlower,
    });
  }
};

function toHash(rounds: readonly Round[], variant: number): number[] {
  return rounds.map(
    ({ hashesPerSecond, samples }) => (samples[variant]?.requestsPerSecond ?? Number.NaN) / hashesPerSecond,
  );
}

function cpuOf(sample: Sample | undefined): number {
  return sample?.cpuUsPerRequest ?? Number.NaN;
}
