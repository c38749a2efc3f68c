// Hufu in a team's own server: what `hufu.context()` adds to a request, against what the look-up of a node costs.

import { fileURLToPath } from 'node:url';

import { programOf, settings, startHufu } from '../harness/hufu.js';
import { graphqlRequest } from '../harness/load.js';
import { median, short } from '../harness/numbers.js';
import { meAnswers, meRequests, session, signedOutAnswers } from '../harness/operations.js';
import { type MeasuredServer, startServer } from '../harness/processes.js';
import { print, printTable } from '../harness/report.js';
import { measure, type Measured, table, type Variant } from '../harness/rounds.js';
import { seed } from '../harness/seed.js';
import { type Scenario } from './bench.js';

const program = fileURLToPath(new URL('../servers/package.ts', import.meta.url));

export const packageScenario: Scenario = async ({ pace, connections, postgres, generator, bar }) => {
  const url = await postgres.createDatabase('bench_package');
  const database = { DATABASE_URL: url };
  const node = await startHufu({ database });
  const requests = meRequests(await seed(url, 1_000, 1_000));
  // With the flags of a node: how V8 collects garbage is not what is compared.
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
  const [without, withHufu, nodeWithout, nodeWith] = measured;
  if (!without || !withHufu || !nodeWithout || !nodeWith) throw new Error('nothing was measured');

  print('## Hufu in the process of a team');
  print();
  print(
    `${String(connections)} connections, 1,000 sessions in PostgreSQL. Base: Apollo's standalone server with one user for all requests.`,
  );
  print();
  printTable(table(measured, without));
  // Not a ratio within each round: that of two small differences would be noise.
  const added = median(differences(withHufu, without));
  const ownLookUp = median(differences(nodeWith, nodeWithout));
  print(
    `\`hufu.context()\` adds ${short(added)} us of CPU to a request; the look-up of a node costs ${short(ownLookUp)} us.`,
  );
  print();
  bar({
    name: 'CPU that `hufu.context()` adds, by what the look-up of a node costs',
    measured: added / ownLookUp,
    wanted: 1.15,
    atLeast: false,
  });
};

/** For each round, how much more CPU the first takes for a request than the second. */
function differences(first: Measured, second: Measured): number[] {
  return first.samples.map(
    ({ cpuUsPerRequest }, round) => cpuUsPerRequest - (second.samples[round]?.cpuUsPerRequest ?? Number.NaN),
  );
}
