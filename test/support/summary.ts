// The last line of a run: `N passed, N failed`. A file that cannot be loaded and an error outside any test count as
// failures. A box above the line names the tests that could not run.

import { type Reporter, type TestModule } from 'vitest/node';

import { needsCaddy } from './caddy.js';
import { needsChromium } from './chromium.js';
import { needsNginx } from './nginx.js';
import { needsPgBouncer } from './pgbouncer.js';

/** By the name of the skipped test that stands for all which need a missing program. */
const needs = [
  [needsChromium, 'the tests of pages in a browser, because there is no Chromium.\nInstall chromium'],
  [needsPgBouncer, 'the tests of nodes behind PgBouncer, because there is none.\nInstall pgbouncer'],
  [needsNginx, 'the tests of servers behind nginx, because there is none.\nInstall nginx-light'],
  [needsCaddy, 'the tests of an API behind Caddy, because there is none.\nInstall caddy'],
] as const;

export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.errors().length > 0).length;

    const withoutServer = tests.filter(
      (test) => test.project.name === 'postgres' && test.project.getProvidedContext().postgresUrl === null,
    ).length;
    if (withoutServer > 0) {
      shout(
        `NOT RUN: ${String(withoutServer)} tests, because no PostgreSQL server could be started (see above).\n` +
          'Set TEST_DATABASE_URL to a server on which databases may be made.',
      );
    }
    for (const [need, what] of needs) {
      if (tests.some(({ name }) => name === need)) shout(`NOT RUN: ${what}.`);
    }
    const failed = count('failed') + broken + unhandledErrors.length;
    process.stdout.write(`\n${String(count('passed'))} passed, ${String(failed)} failed\n`);
  }
}

function shout(text: string): void {
  const line = '!'.repeat(80);
  process.stdout.write(`\n${line}\n${text}\n${line}\n`);
}
