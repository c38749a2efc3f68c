// The time from the start of the process to its first answer.

import { join } from 'node:path';

import { coldStart } from '../harness/coldStart.js';
import { temporaryFolder } from '../harness/folders.js';
import { startHufu } from '../harness/hufu.js';
import { median, short } from '../harness/numbers.js';
import { me, meAnswers, session, signedOutAnswers, signUpPeople } from '../harness/operations.js';
import { print, printTable, progress } from '../harness/report.js';
import { seed } from '../harness/seed.js';
import { type Scenario } from './bench.js';

const signedOut = { operation: session, token: null, expect: signedOutAnswers };

export const startScenario: Scenario = async ({ pace, postgres, bar }) => {
  const url = await postgres.createDatabase('bench_start');
  const migrating = await startHufu({ database: { DATABASE_URL: url } });
  await migrating.stop();
  const [token = null] = await seed(url, 1_000, 1);
  const signedIn = { operation: me, expect: meAnswers };

  const folder = temporaryFolder();
  const existing = { database: { DATA_DIR: join(folder, 'existing') } };
  let embeddedToken: string | null = null;
  await coldStart(existing, signedOut, async (node) => {
    [embeddedToken = null] = await signUpPeople(node, 100);
  });

  const onServer: number[] = [];
  const onExisting: number[] = [];
  const onNew: number[] = [];
  for (let round = 0; round < pace.rounds; round += 1) {
    progress(`start, round ${String(round + 1)}`);
    onServer.push(await coldStart({ database: { DATABASE_URL: url } }, { ...signedIn, token }));
    onExisting.push(await coldStart(existing, { ...signedIn, token: embeddedToken }));
    const fresh = { database: { DATA_DIR: join(folder, `new-${String(round)}`) } };
    onNew.push(await coldStart(fresh, signedOut));
  }

  const row = (name: string, values: readonly number[]) => [
    name,
    short(median(values)),
    short(Math.min(...values)),
    short(Math.max(...values)),
  ];
  print('## Cold start');
  print();
  print(
    'From the start of the process to its first answer: `me` where there are people, `session` where not.',
  );
  print();
  printTable([
    ['', 'median ms', 'min ms', 'max ms'],
    row('PostgreSQL, tables up to date', onServer),
    row('an existing embedded folder', onExisting),
    row('a new embedded folder', onNew),
  ]);
  const promise = (name: string, values: readonly number[], wanted: number) => {
    bar({
      name: `cold start, ${name}`,
      measured: median(values) / 1_000,
      wanted,
      atLeast: false,
      unit: ' s',
    });
  };
  promise('PostgreSQL', onServer, 1.5);
  promise('existing embedded folder', onExisting, 3);
};
