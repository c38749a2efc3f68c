// `npm run chaos`: a long run against the built program, or every mutant of it.

import { parseArgs } from 'node:util';

import { closeAll } from '../support/whenFileEnds.js';
import { runChaos } from './run.js';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));

process.stdout.write(`seed ${String(seed)}, ${values.minutes} min\n`);
try {
  const { history, violations } = await runChaos({ seed, seconds: Number(values.minutes) * 60, root: '.' });
  const counts = Object.entries(
    countBy(history.operations.map(({ act, result }) => `${act.kind} ${result.kind}`)),
  );
  process.stdout.write(
    `${String(history.operations.length)} operations, ${String(history.watches.length)} sockets, ` +
      `${String(history.faults.length)} faults, ${String(history.rows.length)} sessions\n`,
  );
  for (const [name, count] of [...counts, ...Object.entries(countBy(history.faults.map(({ name }) => name)))])
    process.stdout.write(`  ${String(count).padStart(7)} ${name}\n`);
  for (const { rule, text } of violations) process.stdout.write(`BROKEN ${rule}: ${text}\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
} finally {
  await closeAll();
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
