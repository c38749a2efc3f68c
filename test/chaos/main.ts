// `npm run chaos -- --minutes 30 --seed N`: a long run against the built program. `--mutants` tests the checker: each mutant of
// the program must break a rule.

import { parseArgs } from 'node:util';

import { closeAll } from '../support/whenFileEnds.js';
import { buildMutant, mutants } from './mutants.js';
import { type ChaosReport, runChaos } from './run.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});
const options = { seed: Number(values.seed), seconds: Number(values.minutes) * 60 };

/** The number of seeds that are tried for a mutant: the policy and the faults of one seed may not reveal it. */
const mutantSeeds = 3;

process.stdout.write(`seed ${values.seed}, ${values.minutes} min\n`);
try {
  if (values.mutants) await tryMutants();
  else {
    const report = await runChaos({ ...options, root: '.' });
    print(report);
    if (report.violations.length > 0) process.exitCode = 1;
  }
} finally {
  await closeAll();
}
// Node.js keeps a proxy's connection open that is reset while it shuts down; without this the process would not end.
process.exit();

async function tryMutants(): Promise<void> {
  for (const mutant of mutants.filter(({ name }) => name.includes(values.only))) {
    let violations: ChaosReport['violations'] = [];
    for (let more = 0; more < mutantSeeds && violations.length === 0; more += 1) {
      const seed = options.seed + more;
      ({ violations } = await runChaos({ ...options, seed, root: buildMutant(mutant) }));
      await closeAll();
    }
    const rules = [...new Set(violations.map(({ rule }) => rule))];
    process.stdout.write(`${rules.length === 0 ? 'MISSED' : 'caught'} ${mutant.name}: ${rules.join('; ')}\n`);
    for (const { text } of violations.slice(0, 2)) process.stdout.write(`         ${text}\n`);
    if (rules.length === 0) process.exitCode = 1;
  }
}

function print({ history, errors, violations }: ChaosReport): void {
  const { operations, watches, faults, rows } = history;
  process.stdout.write(
    `${String(operations.length)} operations, ${String(watches.length)} sockets, ` +
      `${String(faults.length)} faults, ${String(rows.length)} sessions\n`,
  );
  const names = [
    ...operations.map(({ act, result }) => `${act.kind}: ${result.kind}`),
    ...faults.map(({ name }) => name),
  ];
  for (const [name, count] of Object.entries(countBy(names)))
    process.stdout.write(`${String(count).padStart(9)} ${name}\n`);
  for (const error of errors) process.stdout.write(`${error}\n`);
  for (const { rule, text } of violations) process.stdout.write(`BROKEN ${rule}: ${text}\n`);
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
