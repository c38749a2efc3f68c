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
  const tokens = await seed(url, 1_000, 1_000);
  const answer = await ask(hufu, me, tokens[0]);
  const bare = await startBare(answer);

  const requests = meRequests(tokens);
  const variant = (name: string, server: MeasuredServer, own = requests): Variant => ({
    name,
    load: { ports: [server.port], connections, requests: own, expect: meAnswers },
    servers: [server],
    databaseCpuUs: () => postgres.cpuUs(),
  });
  /** With a database of its own, since its tables may be others. */
  const variantOf = async (from: string) => {
    const otherUrl = await postgres.createDatabase('bench_me_other');
    const server = await startHufu({ database: { DATABASE_URL: otherUrl }, from });
    return variant('the other checkout', server, meRequests(await seed(otherUrl, 1_000, 1_000, from)));
  };
  const measured = await measure(
    generator,
    [
      variant('bare node:http, body parsed', bare),
      variant('Hufu', hufu),
      variant('Hufu, a log line for each request', logging),
      ...(against === null ? [] : [await variantOf(against)]),
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
