// The log: one JSON object a line, readable lines in development. Nothing that came in with a request is
// written whole, and errors are reduced to what can hold no parameter of a query.

import { createRequire } from 'node:module';

import { type DestinationStream, type Logger, pino } from 'pino';
// Of its types alone: it is loaded where it is used, which spares production two megabytes.
import type pretty from 'pino-pretty';

export type Log = Logger;

/** What an error leaves in the log: its kind, code and message, and where it was thrown. */
export interface LoggedError {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
}

const load = createRequire(import.meta.url);

/**
 * Makes the process's log on standard output.
 *
 * @param level the least severe level that is written, e.g. `info`, or `silent`
 * @param readable true for one readable line an entry instead of one JSON object
 */
export function createLog(level: string, readable: boolean): Log {
  const stream: DestinationStream | undefined = readable
    ? (load('pino-pretty') as typeof pretty)({
        ignore: 'pid,hostname',
        translateTime: 'SYS:HH:MM:ss.l',
        singleLine: true,
        colorize: process.stdout.isTTY,
      })
    : undefined;
  const options = { level, serializers: { err: errorForLog } };
  // Lines that come while others are being written go out together, and no request waits for them. An exit writes
  // what is left; only kill -9 loses the last few milliseconds.
  return pino(options, stream ?? pino.destination({ sync: false }));
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

/** Follows `cause` to the error that started it. */
function rootCause(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 8 && current instanceof Error && current.cause !== undefined; depth += 1) {
    current = current.cause;
  }
  return current;
}
