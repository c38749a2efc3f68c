// Where the log goes: standard output, which somebody else reads, or does not. Nothing waits for the reader: lines pile
// up to a bound, the ones beyond are dropped and counted, and the end of the process waits for a moment only.

import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { Socket } from 'node:net';

export interface LogStream {
  /** Takes one line with its line end. Never throws and never waits. */
  write(line: string): void;
  /** Resolves when all lines have been written, or after a time. */
  flush(withinMs: number): Promise<void>;
  /** Whether a thread is writing to something that may never take it, and would hold the end of the process. */
  holdsThread(): boolean;
}

export interface LogStreamOptions {
  readonly fd: number;
  /** Called when lines were dropped and there is room again. */
  readonly onDropped: (lines: number) => void;
}

/** What may wait to be written, in characters: some ten thousand lines. */
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

  // What has not been sent when the process ends, also by an error. A pipe takes what fits; nothing waits for room.
  process.once('exit', () => {
    const to = sink.fd();
    if (to === null || unwritten !== null || waiting.length === 0) return;
    const bytes = Buffer.from(waiting.join(''));
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(to, bytes, at);
    } catch {
      // Nobody is left to be told.
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
 * A pipe or a socket is written without blocking: a blocking write to one that nobody reads would hold a thread, and
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
  // The reader has gone (EPIPE): there is nobody to write to any more.
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
