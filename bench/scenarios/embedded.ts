// `me` on the embedded database, which runs in the process of the server.

import { temporaryFolder } from '../harness/folders.js';
import { startHufu } from '../harness/hufu.js';
import { meAnswers, meRequests, signUpPeople } from '../harness/operations.js';
import { print, printTable } from '../harness/report.js';
import { measure, table, type Variant } from '../harness/rounds.js';
import { type Scenario } from './bench.js';

/** The number of users, who register over the API, since no other process can open the folder. */
const people = 64;

export const embeddedScenario: Scenario = async ({ pace, connections, postgres, generator }) => {
  const databases = {
    'Hufu on PostgreSQL': { DATABASE_URL: await postgres.createDatabase('bench_embedded') },
    'Hufu on the embedded database': { DATA_DIR: temporaryFolder() },
  };
  const variants: Variant[] = [];
  for (const [name, database] of Object.entries(databases)) {
    const hufu = await startHufu({ database });
    const requests = meRequests(await signUpPeople(hufu, people));
    variants.push({
      name,
      load: { ports: [hufu.port], connections, requests, expect: meAnswers },
      servers: [hufu],
      databaseCpuUs: () => postgres.cpuUs(),
    });
  }
  const measured = await measure(generator, variants, pace);
  const [base] = measured;
  if (base === undefined) throw new Error('nothing was measured');

  print('## `me` on the embedded database');
  print();
  print(
    `${String(connections)} connections, ${String(people)} sessions. The embedded one's work counts as the server's.`,
  );
  print();
  printTable(table(measured, base));
};
