// The log on standard output: one JSON object a line, readable lines in development. It reduces errors to what can hold no
// submitted text, and never waits for its reader: lines queue up to a bound, and those beyond are dropped and counted.

import { createRequire } from 'node:module';
import { isatty } from 'node:tty';
import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { Socket } from 'node:net';

import { pino } from 'pino';
// The types alone: the library is loaded where it is used, which spares production two megabytes.
import type pretty from 'pino-pretty';

/** A line: its fields, of which `err` is reduced to what may be logged, and its message. */
type Line = [message: string] | [fields: object, message: string];

/** A log, as the code uses it. A pino logger is one. */
export interface Log {
  error(...line: Line): void;
  warn(...line: Line): void;
  info(...line: Line): void;
  debug(...line: Line): void;
  isLevelEnabled(level: 'info'): boolean;
}

/** The facts of an error in the log: its kind, code and message, and where it was thrown. */
export interface LoggedError {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
}

/** Makes a log that writes the warnings and errors alone. */
export function warningsOf(log: Log): Log {
  return {
    error: (...line) => {
      log.error(...line);
    },
    warn: (...line) => {
      log.warn(...line);
    },
    info: () => undefined,
    debug: () => undefined,
    isLevelEnabled: () => false,
  };
}

/** A host's log: the methods that pino, bunyan, Fastify's `app.log` and the console have. */
export type HostLog = Pick<Log, 'error' | 'warn' | 'info'>;

/** Makes a log that writes to a host's. That may serialize errors in full, so it gets only the facts that may be logged. */
export function createHostLog(host: HostLog): Log {
  const write =
    (level: keyof HostLog) =>
    (...line: Line) => {
      try {
        if (line.length === 1) host[level](line[0]);
        else host[level](reduced(line[0]), line[1]);
      } catch {
        // A log whose file is closed. An error that is thrown behind an answer would end the host's process.
      }
    };
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: () => undefined,
    isLevelEnabled: () => true,
  };
}

function reduced(fields: object): object {
  return 'err' in fields ? { ...fields, err: errorForLog(fields.err) } : fields;
}

const load = createRequire(import.meta.url);

/** How long the end of the process waits for the reader of the log, in milliseconds. */
const flushMs = 300;

/** One for the process: several would mix their lines. */
let standardOutput: LogStream | null = null;

/**
 * Makes the process's log on standard output.
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
      log.warn({ lines }, 'log lines were dropped: the reader of the log was too slow');
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
 * Ends the process with this code, whether or not the log has a reader: its last lines have a moment to go out.
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
 * Reduces an error to what may be logged. Drizzle puts the parameters of a failed query, hashes and emails
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

/** Follows `cause`, and `originalError` of a GraphQLError, to the error that started it. */
function rootCause(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    const next = current.cause ?? ('originalError' in current ? current.originalError : undefined);
    if (next === undefined || next === null) break;
    current = next;
  }
  return current;
}

export interface LogStream {
  /** Takes one line with its line end. Never throws and never waits. */
  write(line: string): void;
  /** Resolves when all lines have been written, or after a time. */
  flush(withinMs: number): Promise<void>;
  /** Tells whether a thread is writing to a file that may never take the bytes, and would hold the end of the process. */
  holdsThread(): boolean;
}

export interface LogStreamOptions {
  readonly fd: number;
  /** Called when lines were dropped and there is room again. */
  readonly onDropped: (lines: number) => void;
}

/** The most characters that may wait to be written: some ten thousand lines. */
const maxWaiting = 4_194_304;

/** How often a flush looks whether it is done, in milliseconds. */
const flushPollMs = 10;

interface Sink {
  /** Begins to write some bytes; tells how many were written, or null when the reader has gone or the disk is full. */
  readonly write: (bytes: Uint8Array, done: (written: number | null) => void) => void;
  /** Where to write at the end of the process; null when it is closed, since its number may be another file's by then. */
  readonly fd: () => number | null;
}

export function createLogStream({ fd, onDropped }: LogStreamOptions): LogStream {
  const { sink, isPipe } = openSink(fd);
  let waiting: string[] = [];
  let size = 0;
  let dropped = 0;
  let unwritten: Uint8Array | null = null;
  let isScheduled = false;

  const next = () => {
    isScheduled = false;
    if (unwritten !== null || waiting.length === 0) return;
    send(Buffer.from(waiting.join('')));
    waiting = [];
  };
  const send = (bytes: Uint8Array) => {
    unwritten = bytes;
    sink.write(bytes, (written) => {
      if (written !== null && written < bytes.length) {
        send(bytes.subarray(written));
        return;
      }
      unwritten = null;
      size = waiting.reduce((sum, line) => sum + line.length, 0);
      if (dropped > 0 && written !== null) {
        const lines = dropped;
        dropped = 0;
        onDropped(lines);
      }
      next();
    });
  };

  // Writes the lines that wait when the process ends, also by an error. A pipe takes those that fit; nothing waits for room.
  process.once('exit', () => {
    const to = sink.fd();
    if (to === null || unwritten !== null || waiting.length === 0) return;
    const bytes = Buffer.from(waiting.join(''));
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(to, bytes, at);
    } catch {
      // No reader is left.
    }
  });

  return {
    write(line) {
      if (size + line.length > maxWaiting) {
        dropped += 1;
        return;
      }
      waiting.push(line);
      size += line.length;
      if (isScheduled || unwritten !== null) return;
      isScheduled = true;
      // Lines of one turn go out together.
      setImmediate(next);
    },

    flush: (withinMs) =>
      new Promise((resolve) => {
        const until = performance.now() + withinMs;
        const look = () => {
          next();
          const isDone = unwritten === null && waiting.length === 0;
          if (isDone || performance.now() >= until) resolve();
          else setTimeout(look, flushPollMs);
        };
        look();
      }),

    holdsThread: () => !isPipe && unwritten !== null,
  };
}

/**
 * A pipe or a socket is written without blocking: a blocking write to one without a reader would hold a thread, and
 * the end of the process with it. Files and terminals are written by a thread.
 */
function openSink(fd: number): { readonly sink: Sink; readonly isPipe: boolean } {
  const stats = fstatSync(fd);
  if (!stats.isFIFO() && !stats.isSocket()) return { sink: fileSink(fd), isPipe: false };
  return { sink: pipeSink(ownDescriptor(fd)), isPipe: true };
}

/** A descriptor of our own for the same pipe, where the system lets us: not to block is a property of the descriptor. */
function ownDescriptor(fd: number): number {
  try {
    return openSync(`/proc/self/fd/${String(fd)}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return fd;
  }
}

function fileSink(fd: number): Sink {
  return {
    write: (bytes, done) => {
      write(fd, bytes, 0, bytes.length, null, (error, written) => {
        done(error === null ? written : null);
      });
    },
    fd: () => fd,
  };
}

function pipeSink(fd: number): Sink {
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.unref();
  let hasFailed = false;
  // The reader has gone (EPIPE).
  socket.on('error', () => {
    hasFailed = true;
  });
  const isClosed = () => hasFailed || socket.destroyed;
  return {
    write: (bytes, done) => {
      if (isClosed()) setImmediate(done, null);
      else
        socket.write(bytes, (error) => {
          done(error == null ? bytes.length : null);
        });
    },
    fd: () => (isClosed() ? null : fd),
  };
}
