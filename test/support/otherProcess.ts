// One other process that starts and stops nodes, for a test that needs many of them: to start a process takes a second.

import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';

import { type TestDatabase } from './database.js';
import { type Env, testSettings } from './settings.js';
import { whenFileEnds } from './whenFileEnds.js';

/** A message to the process: starts a node with these settings, or stops the node of this id where they are null. */
export interface Order {
  readonly id: number;
  readonly settings: Env | null;
}

interface Done {
  readonly id: number;
  readonly url: string;
}

export interface OtherProcess {
  startNode(parts: {
    readonly database: TestDatabase;
    readonly env: Env;
  }): Promise<{ readonly url: string; stop(): Promise<void> }>;
}

/** Starts the process, which runs the build in dist/; it ends when the test file does. */
export function startOtherProcess(): OtherProcess {
  const built = ['dist/app.js', 'dist/config/index.js', 'dist/testing/hashing.js'].map((path) =>
    resolve(path),
  );
  const child = fork(new URL('otherProcessMain.js', import.meta.url), built, {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] },
    execArgv: [],
  });
  whenFileEnds(async () => {
    const gone = once(child, 'exit');
    child.disconnect();
    await gone;
  });
  const ended = new AbortController();
  child.once('exit', () => {
    ended.abort(new Error('the other process has ended'));
  });
  /** @throws when the process ends instead */
  const tell = async (order: Order): Promise<Done> => {
    const messages = on(child, 'message', { signal: ended.signal }) as AsyncIterable<[Done]>;
    child.send(order);
    for await (const [done] of messages) if (done.id === order.id) return done;
    throw new Error('no answer');
  };
  let started = 0;
  return {
    async startNode({ database, env }) {
      const id = (started += 1);
      const { url } = await tell({ id, settings: testSettings(database, { LOG_LEVEL: 'error', ...env }) });
      return {
        url,
        stop: async () => {
          await tell({ id, settings: null });
        },
      };
    },
  };
}
