// `me` over tables of different sizes: the cost of a request must not grow with them.

import { startHufu } from '../harness/hufu.js';
import { median, spread } from '../harness/numbers.js';
import { meAnswers, meRequests } from '../harness/operations.js';
import { print, printTable, progress } from '../harness/report.js';
import { measure, ratios, type Sample, table, type Variant } from '../harness/rounds.js';
import { seed } from '../harness/seed.js';
import { type Scenario } from './bench.js';

const quick = [1_000, 100_000];
const thorough = [...quick, 1_000_000];

/** The number of sessions whose tokens are sent, spread over the whole table. */
const asked = 1_000;

const whole = ({ cpuUsPerRequest, databaseUsPerRequest }: Sample) => cpuUsPerRequest + databaseUsPerRequest;

export const sizesScenario: Scenario = async ({ full, pace, connections, postgres, generator, bar }) => {
  const sizes = full ? thorough : quick;
  const variants: Variant[] = [];
  for (const size of sizes) {
    const url = await postgres.createDatabase(`bench_${String(size)}`);
    const hufu = await startHufu({ database: { DATABASE_URL: url } });
    const startedAt = performance.now();
    const requests = meRequests(await seed(url, size, asked));
    progress(`seeded ${named(size)} in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
    variants.push({
      name: named(size),
      load: { ports: [hufu.port], connections, requests, expect: meAnswers },
      servers: [hufu],
      databaseCpuUs: () => postgres.cpuUs(),
    });
  }
  const measured = await measure(generator, variants, pace);
  const [base, ...larger] = measured;
  if (base === undefined) throw new Error('nothing was measured');

  print('## `me` by the size of the tables');
  print();
  print(
    `${String(connections)} connections, ${asked.toLocaleString('en-US')} tokens spread over the whole table.`,
  );
  if (!full) print(`A million sessions come with \`npm run bench -- full\`.`);
  print();
  printTable(table(measured, base));
  printTable([
    ['server and database', 'CPU per request to 1,000 sessions'],
    ...larger.map((one) => [one.variant, spread(ratios(one, base, whole))]),
  ]);
  const largest = larger.at(-1);
  if (largest === undefined) return;
  bar({
    name: `CPU per request with ${largest.variant} to 1,000`,
    measured: median(ratios(largest, base, whole)),
    wanted: 1.15,
    atLeast: false,
  });
};

function named(size: number): string {
  return `${size.toLocaleString('en-US')} sessions`;
}
