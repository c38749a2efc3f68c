// The log: one JSON object a line, readable lines in development. Nothing that came in with a request is
// written whole, and errors are reduced to what can hold no parameter of a query.

import { createRequire } from 'node:module';
import { isatty } from 'node:tty';

import { type Logger, pino } from 'pino';
// Of its types alone: it is loaded where it is used, which spares production two megabytes.
import type pretty from 'pino-pretty';

import { createLogStream, type LogStream } from './logStream.js';

export type Log = Logger;

/** What an error leaves in the log: its kind, code and message, and where it was thrown. */
export interface LoggedError {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
}

const load = createRequire(import.meta.url);

/** How long the end waits for whatever reads the log, in milliseconds. */
const flushMs = 300;

/** One for the process: several would mix their lines. */
let standardOutput: LogStream | null = null;

/**
 * Makes the process's log on standard output. It never waits for whoever reads it (see logStream.ts).
 *
 * @param level the least severe level that is written, e.g. `info`, or `silent`
 * @param readable true for one readable line an entry instead of one JSON object
 */
export function createLog(level: string, readable: boolean): Log {
  const options = { level, serializers: { err: errorForLog } };
  if (level === 'silent') return pino(options, { write: () => undefined });
  standardOutput ??= createLogStream({
    fd: 1,
    onDropped: (lines) => {
      log.warn({ lines }, 'log lines were dropped: whatever reads the log was too slow');
    },
  });
  const output = standardOutput;
  const format = readable ? createFormat() : null;
  const log = pino(options, {
    write: (line: string) => {
      output.write(format === null ? line : format(line));
    },
  });
  return log;
}

/**
 * Ends the process with this code, whether or not anybody reads the log: what is left of it has a moment to go out.
 * Where a thread is stuck in writing it, nothing but SIGKILL ends the process.
 */
export async function endProcess(code: number): Promise<never> {
  await standardOutput?.flush(flushMs);
  if (standardOutput?.holdsThread() === true) process.kill(process.pid, 'SIGKILL');
  return process.exit(code);
}

function createFormat(): (line: string) => string {
  const { prettyFactory } = load('pino-pretty') as { readonly prettyFactory: typeof pretty.prettyFactory };
  return prettyFactory({
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    colorize: isatty(1),
  }) as (line: string) => string;
}

/**
 * Reduces an error to what may be logged. Drizzle puts the parameters of a failed query, hashes and addresses
 * included, into its error's message and properties: such an error is replaced by its cause, of which only the
 * code and the first line are kept.
 */
export function errorForLog(error: unknown): LoggedError {
  const root = rootCause(error);
  if (!(root instanceof Error)) return { type: typeof root, message: 'a value that is no Error was thrown' };
  const code = 'code' in root && typeof root.code === 'string' ? root.code : undefined;
  const frames = root.stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 12);
  return {
    type: root.name,
    ...(code === undefined ? {} : { code }),
    message: root.message.split('\n', 1)[0] ?? '',
    ...(frames === undefined ? {} : { stack: frames.join('\n') }),
  };
}

/** Follows `cause`, and what a GraphQLError was made of, to the error that started it. */
function rootCause(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    const next = current.cause ?? ('originalError' in current ? current.originalError : undefined);
    if (next === undefined || next === null) break;
    current = next;
  }
  return current;
}
