// Hufu in a team's own server, beside the same server without Hufu and beside a node.

import { fileURLToPath } from 'node:url';

import { programOf, settings, startHufu } from '../harness/hufu.js';
import { graphqlRequest } from '../harness/load.js';
import { meAnswers, meRequests, session, signedOutAnswers } from '../harness/operations.js';
import { type MeasuredServer, startServer } from '../harness/processes.js';
import { print, printTable } from '../harness/report.js';
import { measure, table, type Variant } from '../harness/rounds.js';
import { seed } from '../harness/seed.js';
import { type Scenario } from './bench.js';

const program = fileURLToPath(new URL('../servers/package.ts', import.meta.url));

export const packageScenario: Scenario = async ({ pace, connections, postgres, generator }) => {
  const url = await postgres.createDatabase('bench_package');
  const database = { DATABASE_URL: url };
  const node = await startHufu({ database });
  const requests = meRequests(await seed(url, 1_000, 1_000));
  // Uses the flags of a node, so that garbage collection does not differ.
  const flags = programOf({ database }).slice(0, -1);
  const startApollo = (env: Readonly<Record<string, string>>) =>
    startServer({ args: [...flags, '--import', import.meta.resolve('tsx'), program], env });

  const variant = (name: string, server: MeasuredServer, its = requests, expect = meAnswers): Variant => ({
    name,
    load: { ports: [server.port], connections, requests: its, expect },
    servers: [server],
    databaseCpuUs: () => postgres.cpuUs(),
  });
  const measured = await measure(
    generator,
    [
      variant('`me` on Apollo standalone, without Hufu', await startApollo({})),
      variant('`me` on Apollo standalone, `hufu.context()`', await startApollo(settings({ database }))),
      variant(
        '`session` on a node, without a token',
        node,
        [graphqlRequest(session, null)],
        signedOutAnswers,
      ),
      variant('`me` on a node', node),
    ],
    pace,
  );
  const [without] = measured;
  if (without === undefined) throw new Error('nothing was measured');

  print('## Hufu in the process of a team');
  print();
  print(
    `${String(connections)} connections, 1,000 sessions in PostgreSQL. Base: Apollo's standalone server with one user for all requests.`,
  );
  print(
    'Requests that wait for a look-up together are answered together, with fewer writes: the difference of two rows is not what a look-up costs.',
  );
  print();
  printTable(table(measured, without));
};
