// Prints the report as Markdown on standard output, and the progress on standard error.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

import { checkout } from './hufu.js';
import { short } from './numbers.js';

export function progress(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** @param rows the first row is the head */
export function printTable(rows: readonly (readonly string[])[]): void {
  const [head = [], ...rest] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  print(line(head));
  print(line(head.map((_, index) => (index === 0 ? '---' : '---:'))));
  for (const row of rest) print(line(row));
  print();
}

export interface Bar {
  readonly name: string;
  readonly measured: number;
  readonly wanted: number;
  readonly atLeast: boolean;
  readonly unit?: string;
}

export function printBars(bars: readonly Bar[]): void {
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

/** Prints the command, the commit and the machine of the run. */
export function printMachine(command: string): void {
  const { version } = JSON.parse(readFileSync(`${checkout}/package.json`, 'utf8')) as { version: string };
  print(`- Command: \`${command}\``);
  print(
    `- Date: ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commitOf(checkout)}, version ${version}`,
  );
  print(
    `- Machine: ${String(availableParallelism())} cores (${cpus()[0]?.model ?? 'unknown'}), ` +
      `${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform} ${process.arch}, Node ${process.version}`,
  );
  print('- Load generator, servers and PostgreSQL share these cores, over loopback.');
  print();
}

function commitOf(folder: string): string {
  try {
    return execFileSync('git', ['-C', folder, 'rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
