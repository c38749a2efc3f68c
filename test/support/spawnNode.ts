// Starts a node as a separate process, with the flags of `npm start`, for tests that kill it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';

import { whenFileEnds } from './whenFileEnds.js';
import { programPath } from './programs.js';
import { programFlags } from './v8Flags.js';
import { readyDatabase, type TestDatabase } from './database.js';
import { type Env, testSettings } from './settings.js';
import { startCommand } from './startCommand.js';

export interface SpawnedNode {
  readonly url: string;
  readonly database: TestDatabase;
  readonly pid: number;
  /** Moves its wall clock by {@link WallClock.jumpMs}. */
  jump(): Promise<void>;
  /** Returns all its output so far. */
  output(): string;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code, null when a signal ended it. */
  stop(): Promise<number | null>;
}

/** The error of a node's wall clock, in milliseconds. */
export interface WallClock {
  readonly aheadMs?: number;
  /** How far a jump moves it ahead. */
  readonly jumpMs?: number;
}

const startTimeoutMs = 60_000;

/**
 * Starts a node and waits until it has logged its URL.
 *
 * @param parts `checkout` is a folder whose dist/ it runs
 * @throws with its output when it ends or stays silent instead
 */
export async function spawnNode(
  parts: {
    readonly database?: TestDatabase;
    readonly env?: Env;
    readonly wallClock?: WallClock;
    readonly checkout?: string;
  } = {},
): Promise<SpawnedNode> {
  const database = parts.database ?? (await readyDatabase());
  const flags = programFlags(!('DATABASE_URL' in database.env));
  const child = spawn(
    process.execPath,
    [
      ...startCommand().slice(1, -1),
      ...flags,
      parts.checkout === undefined ? programPath('main') : resolve(parts.checkout, 'dist/main.js'),
    ],
    {
      // Not the checkout, whose .env is the developer's.
      cwd: tmpdir(),
      env: {
        PATH: process.env['PATH'],
        ...(parts.wallClock && wrongClock(parts.wallClock)),
        ...testSettings(database, { LOG_LEVEL: 'info', ...parts.env }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const gone = once(child, 'exit');
  let output = '';
  const listen = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    await gone;
    return child.exitCode;
  };
  whenFileEnds(async () => {
    await end('SIGKILL');
  });
  const url = await listeningUrl(child, () => output);
  return {
    url,
    database,
    pid: child.pid ?? 0,
    output: () => output,
    async jump() {
      child.kill('SIGUSR2');
      while (!output.includes('has jumped')) await once(child.stderr, 'data');
    },
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}

function wrongClock({ aheadMs = 0, jumpMs = 0 }: WallClock): Env {
  return {
    NODE_OPTIONS: `--import ${new URL('wallClock.js', import.meta.url).href}`,
    TEST_CLOCK_AHEAD_MS: String(aheadMs),
    TEST_CLOCK_JUMP_MS: String(jumpMs),
  };
}

async function listeningUrl(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolveUrl, reject) => {
    const settle = (url?: string) => {
      clearTimeout(timer);
      child.stdout?.off('data', check);
      child.off('exit', fail);
      if (url === undefined) reject(new Error(`the node did not start:\n${output()}`));
      else resolveUrl(url);
    };
    const check = () => {
      const found = /http:\/\/[^\s"'/]+:\d+/.exec(output());
      if (found) settle(found[0]);
    };
    const fail = () => {
      settle();
    };
    const timer = setTimeout(fail, startTimeoutMs);
    child.stdout?.on('data', check);
    child.once('exit', fail);
  });
}
