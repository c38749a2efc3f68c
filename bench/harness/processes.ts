// Starts measured processes: each is a Node process that reports its CPU time and memory over IPC.

import { type ChildProcess, type Serializable, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Profiler } from 'node:inspector';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

import { freePort } from '../../test/support/freePort.js';

/** The CPU time of a process since its start, and its memory. */
export interface Usage {
  /** The CPU time of all its threads, in microseconds. */
  readonly cpuUs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
}

export interface MeasuredServer {
  readonly port: number;
  readonly pid: number;
  usage(): Promise<Usage>;
  /** Gives the usage after a garbage collection. */
  memory(): Promise<Usage>;
  /** Profiles it while the work runs. */
  profile(work: () => Promise<unknown>): Promise<Profiler.Profile>;
  stop(): Promise<void>;
}

export interface Command {
  /** Node's arguments: the program and what comes before and after it. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The executable of Node; by default the one that runs the benchmark. */
  readonly node?: string | undefined;
}

const probe = fileURLToPath(new URL('./probe.js', import.meta.url));
const startTimeoutMs = 30_000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program that listens on `PORT`, and waits until it does. */
export async function startServer({ args, env = {}, node }: Command): Promise<MeasuredServer> {
  const port = await freePort();
  const child = spawnNode({
    args: ['--expose-gc', '--import', probe, ...args],
    env: { ...env, PORT: String(port) },
    node,
  });
  await listening(port, child);

  const ask = (question: string) => askProcess(child, question);
  return {
    port,
    pid: child.pid ?? 0,
    usage: async () => (await ask('usage')) as Usage,
    memory: async () => (await ask('memory')) as Usage,
    async profile(work) {
      await ask('profileStart');
      await work();
      return (await ask('profileStop')) as Profiler.Profile;
    },
    stop: () => stopProcess(child),
  };
}

/** Starts a Node process with an IPC channel, and discards its standard output. */
export function spawnNode({ args, env = {}, node = process.execPath }: Command): ChildProcess {
  const child = spawn(node, args, {
    // Not the checkout, whose .env is the developer's.
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/**
 * Sends one message to a process of `spawnNode` and gives its answer. Only one message may be pending.
 *
 * @throws when the process ends instead
 */
export function askProcess(child: ChildProcess, question: Serializable): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      child.off('message', answered);
      child.off('exit', ended);
    };
    const answered = (message: Serializable) => {
      settle();
      resolve((message as { answer: unknown }).answer);
    };
    const ended = () => {
      settle();
      reject(new Error(`a process ended that was still needed: ${child.spawnargs.join(' ')}`));
    };
    child.on('message', answered);
    child.on('exit', ended);
    child.send(question, (error) => {
      if (error !== null) ended();
    });
  });
}

/** Ends every process of the benchmark that still runs. */
export async function stopEveryProcess(): Promise<void> {
  await Promise.all([...running].map(stopProcess));
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(late);
}

/**
 * Waits until the process accepts connections on the port.
 *
 * @throws when the process ends instead, or takes too long
 */
export async function listening(port: number, child: ChildProcess): Promise<void> {
  const end = performance.now() + startTimeoutMs;
  while (performance.now() < end) {
    if (child.exitCode !== null) throw new Error(`a server ended at its start: ${child.spawnargs.join(' ')}`);
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill('SIGKILL');
  throw new Error(`a server did not start in time: ${child.spawnargs.join(' ')}`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
