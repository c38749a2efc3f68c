// Skips every test of the `postgres` project when no server could be started; the summary counts them.

import { inject, type RunnerTestFile, type RunnerTestSuite, TestRunner } from 'vitest';

export default class Runner extends TestRunner {
  onCollected(files: RunnerTestFile[]): void {
    if (inject('database') === 'postgres' && inject('postgresUrl') === null) files.forEach(skip);
  }
}

function skip(suite: RunnerTestSuite): void {
  suite.mode = 'skip';
  for (const task of suite.tasks) {
    if (task.type === 'suite') skip(task);
    else task.mode = 'skip';
  }
}
