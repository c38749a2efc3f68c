// `session` without a token, which needs no database, against the bare server.

import { startBare } from '../harness/bare.js';
import { startHufu } from '../harness/hufu.js';
import { graphqlRequest } from '../harness/load.js';
import { ask, session, signedOutAnswers } from '../harness/operations.js';
import { type MeasuredServer } from '../harness/processes.js';
import { print, printTable } from '../harness/report.js';
import { measure, table, type Variant } from '../harness/rounds.js';
import { type Scenario } from './bench.js';

export const sessionScenario: Scenario = async ({ pace, connections, postgres, generator }) => {
  const hufu = await startHufu({
    database: { DATABASE_URL: await postgres.createDatabase('bench_session') },
  });
  const bare = await startBare(await ask(hufu, session));
  const variant = (name: string, server: MeasuredServer): Variant => ({
    name,
    load: {
      ports: [server.port],
      connections,
      requests: [graphqlRequest(session, null)],
      expect: signedOutAnswers,
    },
    servers: [server],
    databaseCpuUs: () => postgres.cpuUs(),
  });
  const measured = await measure(
    generator,
    [variant('bare node:http, body parsed', bare), variant('Hufu', hufu)],
    pace,
  );
  const [base] = measured;
  if (base === undefined) throw new Error('nothing was measured');

  print('## `session` without a token');
  print();
  print(`${String(connections)} connections. Base: bare node:http, as above.`);
  print();
  printTable(table(measured, base));
};
