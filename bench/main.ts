// The benchmark: `npm run bench` is quick, `npm run bench -- full` takes its time. Everything it needs it starts
// itself, on loopback. The report goes to standard output, what it is doing to standard error.

import { parseArgs } from 'node:util';

import { startGenerator } from './harness/load.js';
import { short } from './harness/numbers.js';
import { startBenchPostgres } from './harness/postgres.js';
import { type Bar, print, printMachine, printTable, progress } from './harness/report.js';
import { type Bench, type Scenario } from './scenarios/bench.js';
import { meScenario } from './scenarios/me.js';
import { peersScenario } from './scenarios/peers.js';
import { profileScenario } from './scenarios/profile.js';

const scenarios: Readonly<Record<string, Scenario>> = {
  me: meScenario,
  peers: peersScenario,
};

/** Only when they are named. */
const extras: Readonly<Record<string, Scenario>> = { profile: profileScenario };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, against: { type: 'string' }, rounds: { type: 'string' } },
});
const full = positionals.includes('full');
const names = values.only?.split(',') ?? Object.keys(scenarios);

const bars: Bar[] = [];
const postgres = await startBenchPostgres();
const generator = startGenerator();
const rounds = Number(values.rounds ?? (full ? 7 : 3));
const bench: Bench = {
  full,
  pace: full ? { rounds, sliceMs: 4_000, warmUpMs: 4_000 } : { rounds, sliceMs: 1_500, warmUpMs: 2_000 },
  connections: 64,
  postgres,
  generator,
  against: values.against ?? null,
  bar: (bar) => bars.push(bar),
};

try {
  print('# Benchmark');
  print();
  printMachine(['npm run bench --', ...process.argv.slice(2)].join(' '));
  for (const name of names) {
    const scenario = scenarios[name] ?? extras[name];
    if (scenario === undefined)
      throw new Error(`no scenario ${name}; there are ${Object.keys(scenarios).join(', ')}`);
    progress(name);
    await scenario(bench);
  }
  printBars();
} finally {
  await generator.stop();
  await postgres.stop();
}

function printBars(): void {
  print('## Bars');
  print();
  printTable([
    ['figure', 'measured', 'bar', 'met'],
    ...bars.map(({ name, measured, wanted, atLeast, unit = '' }) => [
      name,
      `${short(measured)}${unit}`,
      `${atLeast ? 'at least' : 'at most'} ${String(wanted)}${unit}`,
      (atLeast ? measured >= wanted : measured <= wanted) ? 'yes' : '**no**',
    ]),
  ]);
}
