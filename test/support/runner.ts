// Skips every test of the `postgres` project when no server could be started; the summary counts them. Where `-t` chooses no
// test of a file, its hooks do not run: the runner closes what the file has opened.

import { inject, type RunnerTestFile, type RunnerTestSuite, TestRunner } from 'vitest';

import { closeAll } from './whenFileEnds.js';

export default class Runner extends TestRunner {
  async onCollected(files: RunnerTestFile[]): Promise<void> {
    if (inject('database') === 'postgres' && inject('postgresUrl') === null) files.forEach(skip);
    if (files.every(({ mode }) => mode === 'skip')) await closeAll();
  }
}

function skip(suite: RunnerTestSuite): void {
  suite.mode = 'skip';
  for (const task of suite.tasks) {
    if (task.type === 'suite') skip(task);
    else task.mode = 'skip';
  }
}
