// `me` with a live token and a look-up in PostgreSQL, against the bare machine.

import { startBare } from '../harness/bare.js';
import { startHufu } from '../harness/hufu.js';
import { median } from '../harness/numbers.js';
import { ask, me, meAnswers, meRequests } from '../harness/operations.js';
import { type MeasuredServer } from '../harness/processes.js';
import { print, printTable } from '../harness/report.js';
import { cpuPerRequest, measure, rateOf, ratios, table, type Variant } from '../harness/rounds.js';
import { seed } from '../harness/seed.js';
import { type Scenario } from './bench.js';

export const meScenario: Scenario = async ({ pace, connections, postgres, generator, against, bar }) => {
  const url = await postgres.createDatabase('bench_me');
  const database = { DATABASE_URL: url };
  const hufu = await startHufu({ database });
  const logging = await startHufu({ database, env: { LOG_LEVEL: 'info' } });
  const other = against === null ? null : await startHufu({ database, from: against });
  const tokens = await seed(url, 1_000, 1_000);
  const answer = await ask(hufu, me, tokens[0]);
  const bare = await startBare(answer);

  const requests = meRequests(tokens);
  const variant = (name: string, server: MeasuredServer): Variant => ({
    name,
    load: { ports: [server.port], connections, requests, expect: meAnswers },
    servers: [server],
    databaseCpuUs: () => postgres.cpuUs(),
  });
  const measured = await measure(
    generator,
    [
      variant('bare node:http, body parsed', bare),
      variant('Hufu', hufu),
      variant('Hufu, a log line for each request', logging),
      ...(other === null ? [] : [variant('the other checkout', other)]),
    ],
    pace,
  );
  const [base, ours] = measured;
  if (base === undefined || ours === undefined) throw new Error('nothing was measured');

  print('## `me` with a live token');
  print();
  print(
    `${String(connections)} connections, 1,000 sessions in PostgreSQL, their tokens in turn. Base: bare node:http,`,
  );
  print('which parses the body and answers the same bytes, headers included.');
  print();
  printTable(table(measured, base));
  bar({
    name: '`me`: requests/s of bare node:http',
    measured: median(ratios(ours, base, rateOf)),
    wanted: 0.6,
    atLeast: true,
  });
  bar({
    name: '`me`: CPU per request of bare node:http',
    measured: median(ratios(ours, base, cpuPerRequest)),
    wanted: 2,
    atLeast: false,
  });
};
