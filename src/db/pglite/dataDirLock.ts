// Locks a folder for one process by a listening socket inside it, which the kernel closes even after kill -9.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { tmpdir } from 'node:os';

import { OperatorError } from '../../common/errors.js';

function inUse(folder: string): OperatorError {
  return new OperatorError(
    'DATA_DIR',
    `${folder} is in use by another process. Stop that process, or set another folder; to run several nodes, set ` +
      'DATABASE_URL to a PostgreSQL server.',
  );
}

const socketName = 'lock.sock';

/** The longest path of a socket that every system takes. Node cuts a longer one, which would be another socket. */
const maxPathBytes = 103;

export interface DataDirLock {
  release(): Promise<void>;
}

/**
 * Locks the folder for this process.
 *
 * @throws {@link OperatorError} when another process holds the folder
 */
export async function lockDataDir(folder: string): Promise<DataDirLock> {
  const direct = socketPath(folder);
  if (process.platform === 'win32' || Buffer.byteLength(direct) <= maxPathBytes)
    return lockAt(direct, folder);

  // The same socket by a shorter path, which is needed only until it listens.
  const way = mkdtempSync(join(tmpdir(), 'hufu-'));
  const link = join(way, 'd');
  symlinkSync(resolve(folder), link);
  try {
    const path = join(link, socketName);
    if (Buffer.byteLength(path) > maxPathBytes)
      throw Object.assign(new Error('The path is too long.'), { code: 'ENAMETOOLONG' });
    const lock = await lockAt(path, folder);
    return {
      async release() {
        await lock.release();
        rmSync(join(folder, socketName), { force: true });
      },
    };
  } finally {
    unlinkSync(link);
    rmdirSync(way);
  }
}

async function lockAt(path: string, folder: string): Promise<DataDirLock> {
  const name = randomUUID();

  if ((await holderOf(path)) !== null) throw inUse(folder);
  // No process answers there: the socket is left from one that was killed.
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const server = await listen(path, name, folder);
  // Two processes that start at the same moment may both have found no holder; the later one's socket stays.
  await pause(20);
  if ((await holderOf(path)) !== name) {
    server.close();
    throw inUse(folder);
  }
  return {
    release: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** Returns the shorter of the absolute and the relative path, since a socket's path may not be long. */
function socketPath(folder: string): string {
  const path = join(folder, socketName);
  if (process.platform === 'win32') return `\\\\.\\pipe\\${path}`;
  const fromHere = relative(process.cwd(), path);
  return Buffer.byteLength(fromHere) < Buffer.byteLength(path) ? fromHere : path;
}

/** Asks the holder of the socket for its name; null when there is no holder. */
function holderOf(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    let name = '';
    const socket = connect(path);
    socket.setEncoding('utf8');
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (text: string) => (name += text));
    socket.on('error', () => {
      resolve(null);
    });
    socket.on('close', (failed) => {
      resolve(failed ? null : name);
    });
  });
}

function listen(path: string, name: string, folder: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(name);
    });
    server.unref();
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? inUse(folder) : error);
    });
    server.listen(path, () => {
      resolve(server);
    });
  });
}
