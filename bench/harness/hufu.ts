// Starts nodes: the built program with the settings of production.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { type MeasuredServer, startServer } from './processes.js';
import { secret } from './seed.js';

/** The checkout that is measured. */
export const checkout = fileURLToPath(new URL('../..', import.meta.url));

export interface HufuOptions {
  /** `DATABASE_URL` of a server, or `DATA_DIR` of an embedded database. */
  readonly database: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Another built checkout, to compare with. */
  readonly from?: string;
  /** Another Node's executable. */
  readonly node?: string | undefined;
}

export function settings({ database, env }: HufuOptions): Readonly<Record<string, string>> {
  // Logs no requests, as the servers that it is compared with; a variant of its own measures the log.
  return {
    HOST: '127.0.0.1',
    JWT_SECRET: secret,
    LOG_LEVEL: 'warn',
    RATE_LIMITS: 'off',
    ...database,
    ...env,
  };
}

/** Starts a node, and waits until it is ready: it listens before its tables exist. */
export async function startHufu(options: HufuOptions): Promise<MeasuredServer> {
  const server = await startServer({ args: programOf(options), env: settings(options), node: options.node });
  const ready = `http://127.0.0.1:${String(server.port)}/readyz`;
  const end = performance.now() + readyTimeoutMs;
  while ((await fetch(ready)).status !== 200) {
    if (performance.now() > end) throw new Error('a node was not ready in time');
    await pause(20);
  }
  return server;
}

const readyTimeoutMs = 30_000;

/** Gives Node's arguments as `npm start` does, its flags included. */
export function programOf({ from = checkout }: HufuOptions): string[] {
  const { scripts } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const [, ...args] = scripts.start.split(' ');
  return args.map((arg) => (arg.startsWith('-') ? arg : join(from, arg)));
}
