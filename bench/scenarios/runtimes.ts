// `me` on the oldest Node that is supported and on the newest. Runs only when it is named, since npm downloads them:
// `npm run bench -- --only runtimes`.

import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';

import { startHufu } from '../harness/hufu.js';
import { median } from '../harness/numbers.js';
import { meAnswers, meRequests } from '../harness/operations.js';
import { print, printTable } from '../harness/report.js';
import { cpuPerRequest, measure, ratios, table, type Variant } from '../harness/rounds.js';
import { seed } from '../harness/seed.js';
import { type Scenario } from './bench.js';

const versions = ['20', '26'];

export const runtimesScenario: Scenario = async ({ pace, connections, postgres, generator, bar }) => {
  const url = await postgres.createDatabase('bench_runtimes');
  const started: { readonly name: string; readonly server: Awaited<ReturnType<typeof startHufu>> }[] = [];
  for (const version of versions) {
    const { name, node } = install(version);
    started.push({ name, server: await startHufu({ database: { DATABASE_URL: url }, node }) });
  }
  const requests = meRequests(await seed(url, 1_000, 1_000));
  const measured = await measure(
    generator,
    started.map(({ name, server }): Variant => ({
      name,
      load: { ports: [server.port], connections, requests, expect: meAnswers },
      servers: [server],
      databaseCpuUs: () => postgres.cpuUs(),
    })),
    pace,
  );
  const [oldest, newest] = measured;
  if (oldest === undefined || newest === undefined) throw new Error('nothing was measured');

  print('## `me` by the version of Node');
  print();
  print(`${String(connections)} connections, 1,000 sessions in PostgreSQL. Base: the oldest.`);
  print();
  printTable(table(measured, oldest));
  bar({
    name: 'CPU per request of the newest Node to the oldest',
    measured: median(ratios(newest, oldest, cpuPerRequest)),
    wanted: 1,
    atLeast: false,
  });
};

/** Downloads a version of Node with npm, and gives its name and its executable. */
function install(version: string): { readonly name: string; readonly node: string } {
  const print = 'console.log(JSON.stringify({ name: `Node ${process.version}`, node: process.execPath }))';
  const args = ['--yes', '--package', `node@${version}`, '--', 'node', '-e', print];
  const output = execFileSync('npx', args, { cwd: tmpdir(), encoding: 'utf8' });
  return JSON.parse(output) as { name: string; node: string };
}
