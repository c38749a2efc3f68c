// The memory of a node: for each subscribed device, and after many requests.

import { setTimeout as pause } from 'node:timers/promises';

import { startHufu } from '../harness/hufu.js';
import { megabytes, short } from '../harness/numbers.js';
import { meAnswers, meRequests } from '../harness/operations.js';
import { print, printTable, progress } from '../harness/report.js';
import { seed } from '../harness/seed.js';
import { subscribeAll } from '../harness/subscribers.js';
import { type Scenario } from './bench.js';

const subscribers = 1_000;
const warmUp = 200;
const requests = 100_000;

/** The time that a node gets to free memory, in milliseconds. */
const settleMs = 1_000;

export const memoryScenario: Scenario = async ({ connections, postgres, generator, bar }) => {
  const url = await postgres.createDatabase('bench_memory');
  const database = { DATABASE_URL: url };
  const live = await startHufu({ database });
  const tokens = await seed(url, warmUp + subscribers, warmUp + subscribers);

  for (const one of await subscribeAll(live.port, tokens.slice(0, warmUp))) one.close();
  await pause(settleMs);
  const before = await live.memory();
  const waiting = await subscribeAll(live.port, tokens.slice(warmUp));
  await pause(settleMs);
  const after = await live.memory();
  for (const one of waiting) one.close();
  const each = (figure: 'rssBytes' | 'heapBytes') =>
    (after[figure] - before[figure]) / 1_000 / waiting.length;

  const asked = await startHufu({ database });
  const fresh = await asked.usage();
  await generator.open({ ports: [asked.port], connections, requests: meRequests(tokens), expect: meAnswers });
  progress(`${requests.toLocaleString('en-US')} requests`);
  await generator.run(Number.MAX_SAFE_INTEGER, requests);
  const used = await asked.usage();
  const swept = await asked.memory();
  await generator.close();

  print('## Memory');
  print();
  print(
    `${subscribers.toLocaleString('en-US')} idle subscribers on one node, after ${String(warmUp)} that have gone; each in kB:`,
  );
  print();
  printTable([
    ['', 'resident kB each', "in the program's own heap kB each"],
    ['a subscriber', short(each('rssBytes')), short(each('heapBytes'))],
  ]);
  print(`A node on PostgreSQL, ${String(connections)} connections asking for \`me\`:`);
  print();
  printTable([
    ['', 'resident', 'heap'],
    ['at its start', megabytes(fresh.rssBytes), megabytes(fresh.heapBytes)],
    [
      `after ${requests.toLocaleString('en-US')} requests`,
      megabytes(used.rssBytes),
      megabytes(used.heapBytes),
    ],
    ['the same, garbage collected', megabytes(swept.rssBytes), megabytes(swept.heapBytes)],
  ]);
  bar({
    name: 'memory of an idle subscriber',
    measured: each('rssBytes'),
    wanted: 50,
    atLeast: false,
    unit: ' kB',
  });
  bar({
    name: 'resident memory after 100,000 requests',
    measured: used.rssBytes / 1_000_000,
    wanted: 130,
    atLeast: false,
    unit: ' MB',
  });
};
