// Nodes in one other process, one after the other, for a test that needs many: a process takes a second to start.

import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';

import { type TestDatabase } from './database.js';
import { type Env, testSettings } from './settings.js';
import { whenFileEnds } from './whenFileEnds.js';

/** Told to the process: a node to start, or to stop where there are no settings. */
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

/** Starts the process, with what the build has made; it ends when the test file does. */
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
  /** @throws when the process ends instead */
  const tell = async (order: Order): Promise<Done> => {
    const ended = new AbortController();
    child.once('exit', () => {
      ended.abort(new Error('the other process has ended'));
    });
    child.send(order);
    for await (const [done] of on(child, 'message', { signal: ended.signal }) as AsyncIterable<[Done]>)
      if (done.id === order.id) return done;
    throw new Error('no answer');
  };
  let started = 0;
  return {
    async startNode({ database, env }) {
      const id = (started += 1);
      const { url } = await tell({ id, settings: testSettings(database, env) });
      return {
        url,
        stop: async () => {
          await tell({ id, settings: null });
        },
      };
    },
  };
}
