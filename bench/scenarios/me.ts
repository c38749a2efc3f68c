// `me` with a live token and its look-up in PostgreSQL, against the bare server.

import { startBare } from '../harness/bare.js';
import { openCheckout } from '../harness/checkouts.js';
import { median } from '../harness/numbers.js';
import { ask, me, meAnswers, meRequests } from '../harness/operations.js';
import { type MeasuredServer } from '../harness/processes.js';
import { print, printTable } from '../harness/report.js';
import { cpuPerRequest, measure, rateOf, ratios, table, type Variant } from '../harness/rounds.js';
import { noSlower, otherCheckout, type Scenario } from './bench.js';

const sessions = 1_000;

export const meScenario: Scenario = async ({ pace, connections, postgres, generator, against, bar }) => {
  const ours = await openCheckout(postgres, 'bench_me', null);
  const hufu = await ours.start();
  const logging = await ours.start({ LOG_LEVEL: 'info' });
  const tokens = await ours.addSessions(sessions);
  const answer = await ask(hufu, me, tokens[0]);
  const bare = await startBare(answer);
  const other = against === null ? null : await openCheckout(postgres, 'bench_me_other', against);
  const otherHufu = await other?.start();

  const variant = (name: string, server: MeasuredServer, its: readonly string[]): Variant => ({
    name,
    load: { ports: [server.port], connections, requests: meRequests(its), expect: meAnswers },
    servers: [server],
    databaseCpuUs: () => postgres.cpuUs(),
  });
  const measured = await measure(
    generator,
    [
      variant('bare node:http, body parsed', bare, tokens),
      variant('Hufu', hufu, tokens),
      ...(other === null || otherHufu === undefined
        ? [variant('Hufu, a log line for each request', logging, tokens)]
        : [variant(otherCheckout, otherHufu, await other.addSessions(sessions))]),
    ],
    pace,
  );
  const [base, own, third] = measured;
  if (base === undefined || own === undefined) throw new Error('nothing was measured');

  print('## `me` with a live token');
  print();
  print(
    `${String(connections)} connections, ${sessions.toLocaleString('en-US')} sessions in PostgreSQL, their tokens in turn. Base: bare node:http,`,
  );
  print('which parses the body and answers the same bytes, headers included.');
  print();
  printTable(table(measured, base));
  bar({
    name: '`me`: requests/s of bare node:http',
    measured: median(ratios(own, base, rateOf)),
    wanted: 0.6,
    atLeast: true,
  });
  bar({
    name: '`me`: CPU per request of bare node:http',
    measured: median(ratios(own, base, cpuPerRequest)),
    wanted: 2,
    atLeast: false,
  });
  if (other !== null && third !== undefined) {
    bar({
      name: '`me`: CPU per request of the other checkout',
      measured: median(ratios(own, third, cpuPerRequest)),
      ...noSlower,
    });
  }
};
