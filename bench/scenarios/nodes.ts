// One and two nodes, each a process, on one PostgreSQL.

import { startHufu } from '../harness/hufu.js';
import { median } from '../harness/numbers.js';
import { meAnswers, meRequests } from '../harness/operations.js';
import { type MeasuredServer } from '../harness/processes.js';
import { print, printTable } from '../harness/report.js';
import { measure, rateOf, ratios, table, type Variant } from '../harness/rounds.js';
import { seed } from '../harness/seed.js';
import { type Scenario } from './bench.js';

export const nodesScenario: Scenario = async ({ pace, connections, postgres, generator, bar }) => {
  const url = await postgres.createDatabase('bench_nodes');
  const first = await startHufu({ database: { DATABASE_URL: url } });
  const second = await startHufu({ database: { DATABASE_URL: url } });
  const requests = meRequests(await seed(url, 1_000, 1_000));
  const variant = (name: string, servers: readonly MeasuredServer[]): Variant => ({
    name,
    load: { ports: servers.map(({ port }) => port), connections, requests, expect: meAnswers },
    servers,
    databaseCpuUs: () => postgres.cpuUs(),
  });
  const measured = await measure(
    generator,
    [variant('1 node', [first]), variant('2 nodes', [first, second])],
    pace,
  );
  const [one, two] = measured;
  if (one === undefined || two === undefined) throw new Error('nothing was measured');

  print('## One node and two');
  print();
  print(
    `${String(connections)} connections, dealt to the nodes in turn by the load generator. It and PostgreSQL take`,
  );
  print('their share of the same cores, as the last column says.');
  print();
  printTable(table(measured, one));
  bar({
    name: 'requests/s of 2 nodes to 1',
    measured: median(ratios(two, one, rateOf)),
    wanted: 1.3,
    atLeast: true,
  });
};
