// The benchmark: `npm run bench` takes minutes, `npm run bench -- full` longer. It starts everything that it needs on loopback,
// prints the report on standard output and its progress on standard error. If a scenario fails, the report says so, and the
// others continue.

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { startGenerator } from './harness/load.js';
import { startBenchPostgres } from './harness/postgres.js';
import { stopEveryProcess } from './harness/processes.js';
import { type Bar, print, printBars, printMachine, progress } from './harness/report.js';
import { type Bench, type Scenario } from './scenarios/bench.js';
import { attachScenario } from './scenarios/attach.js';
import { embeddedScenario } from './scenarios/embedded.js';
import { eventsScenario } from './scenarios/events.js';
import { farScenario } from './scenarios/far.js';
import { greedyScenario } from './scenarios/greedy.js';
import { growthScenario } from './scenarios/growth.js';
import { heavyScenario } from './scenarios/heavy.js';
import { loginScenario } from './scenarios/login.js';
import { meScenario } from './scenarios/me.js';
import { memoryScenario } from './scenarios/memory.js';
import { nodesScenario } from './scenarios/nodes.js';
import { packageScenario } from './scenarios/package.js';
import { peersScenario } from './scenarios/peers.js';
import { profileScenario } from './scenarios/profile.js';
import { runtimesScenario } from './scenarios/runtimes.js';
import { sessionScenario } from './scenarios/session.js';
import { sizesScenario } from './scenarios/sizes.js';
import { startScenario } from './scenarios/start.js';
import { stormScenario } from './scenarios/storm.js';

const scenarios: Readonly<Record<string, Scenario>> = {
  me: meScenario,
  session: sessionScenario,
  peers: peersScenario,
  login: loginScenario,
  storm: stormScenario,
  far: farScenario,
  sizes: sizesScenario,
  heavy: heavyScenario,
  greedy: greedyScenario,
  nodes: nodesScenario,
  events: eventsScenario,
  attach: attachScenario,
  package: packageScenario,
  memory: memoryScenario,
  start: startScenario,
  embedded: embeddedScenario,
};

/** Scenarios that run only when they are named. */
const extras: Readonly<Record<string, Scenario>> = {
  profile: profileScenario,
  growth: growthScenario,
  runtimes: runtimesScenario,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, against: { type: 'string' }, rounds: { type: 'string' } },
});
const full = positionals.includes('full');
const chosen = (values.only?.split(',') ?? Object.keys(scenarios)).map((name) => {
  const scenario = scenarios[name] ?? extras[name];
  if (scenario !== undefined) return { name, scenario };
  throw new Error(`no scenario ${name}; there are ${Object.keys({ ...scenarios, ...extras }).join(', ')}`);
});

/** The time limit of a scenario, in milliseconds, so that one that hangs does not stop the others. */
const scenarioTimeoutMs = full ? 1_800_000 : 300_000;

// A signal alone would end the process without its `exit` listeners, which end the other processes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

const bars: Bar[] = [];
const failed: string[] = [];
const rounds = Number(values.rounds ?? (full ? 7 : 3));
const postgres = await startBenchPostgres();
try {
  print('# Benchmark');
  print();
  printMachine(['npm run bench --', ...process.argv.slice(2)].join(' '));
  for (const { name, scenario } of chosen) await run(name, scenario);
  printBars(bars);
  if (failed.length > 0) print(`Failed, and so without figures: ${failed.join(', ')}.`);
} finally {
  await postgres.stop();
}
process.exit(failed.length === 0 ? 0 : 1);

async function run(name: string, scenario: Scenario): Promise<void> {
  progress(name);
  const bench: Bench = {
    full,
    pace: full ? { rounds, sliceMs: 4_000, warmUpMs: 4_000 } : { rounds, sliceMs: 1_500, warmUpMs: 2_000 },
    connections: 64,
    postgres,
    generator: startGenerator(),
    against: values.against === undefined ? null : resolve(values.against),
    bar: (bar) => bars.push(bar),
  };
  try {
    await inTime(scenario(bench));
  } catch (error) {
    failed.push(name);
    progress(`${name} failed: ${String(error instanceof Error ? error.stack : error)}`);
    print(`## ${name}`);
    print();
    print(`**Failed**: ${error instanceof Error ? error.message : String(error)}`);
    print();
  } finally {
    await stopEveryProcess();
  }
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it took longer than ${String(scenarioTimeoutMs / 1_000)} s`));
    }, scenarioTimeoutMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
