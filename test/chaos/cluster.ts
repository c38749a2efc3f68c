// Three nodes as processes over one pair of PostgreSQL servers, each node behind network links of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Proxy, startProxy } from '../faults/proxy.js';
import { freePort } from '../support/freePort.js';
import { type ServerPair, startServerPair } from '../support/serverPair.js';
import { startCommand } from '../support/startCommand.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

export interface ChaosNode {
  readonly name: string;
  readonly url: string;
  /** Its network links to both servers. */
  readonly links: readonly Proxy[];
  /** Gives everything that it has written so far, over all its starts. */
  output(): string;
  /** Kills it with SIGKILL, and starts it again after so many milliseconds. */
  restart(downMs: number): Promise<void>;
  /** Stops it with SIGTERM, and starts it again once it has ended. */
  restartInOrder(): Promise<void>;
  /** Suspends the process, and resumes it after so many milliseconds. */
  freeze(forMs: number): Promise<void>;
  /** Makes its wall clock jump by {@link jumpMs}. */
  jump(): void;
}

export interface Cluster {
  readonly servers: ServerPair;
  readonly nodes: readonly ChaosNode[];
}

export interface ClusterOptions {
  /** The folder with `dist/` and the files that it reads: the checkout, or a mutant of it. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The lead of each node's wall clock at its start, in milliseconds. */
const aheadMs = [0, 120_000, -600_000];

/** The jump of a wall clock, in milliseconds. */
const jumpMs = 3_600_000;

/**
 * The delay of each link between a node and its database, in milliseconds each way. One node is far away: a near node can end a
 * session while the answer to a look-up of the far node is still in the network.
 */
const delaysMs = [6, 6, 100];

const secret = 'not-a-secret:for-tests-only-0123';

const startTimeoutMs = 30_000;

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const servers = await startServerPair('hufu_chaos');
  const nodes = await Promise.all(aheadMs.map((ahead, index) => startNode(servers, options, index, ahead)));
  return { servers, nodes };
}

async function startNode(
  servers: ServerPair,
  { root, env }: ClusterOptions,
  index: number,
  ahead: number,
): Promise<ChaosNode> {
  const links = await Promise.all(servers.hosts.map((host) => startLink(host, delaysMs[index] ?? 0)));
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const folder = mkdtempSync(join(tmpdir(), 'hufu-chaos-node-'));
  let output = '';
  let child: ChildProcess | null = null;

  const start = async () => {
    const [, ...args] = startCommand();
    const started = spawn(process.execPath, [...args.slice(0, -1), resolve(root, args.at(-1) ?? '')], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        NODE_OPTIONS: `--import ${new URL('../support/wallClock.js', import.meta.url).href}`,
        TEST_CLOCK_AHEAD_MS: String(ahead),
        TEST_CLOCK_JUMP_MS: String(jumpMs),
        NODE_ENV: 'test',
        HOST: '127.0.0.1',
        PORT: String(port),
        JWT_SECRET: secret,
        LOG_LEVEL: 'warn',
        RATE_LIMITS: 'off',
        DATA_DIR: folder,
        DATABASE_URL: `postgres://postgres@${links.map((link) => new URL(link.url).host).join(',')}/hufu_chaos`,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    const gather = (chunk: Buffer) => {
      output += chunk.toString();
    };
    started.stdout.on('data', gather);
    started.stderr.on('data', gather);
    await untilHealthy(url, started, () => output);
  };
  const end = async (signal: NodeJS.Signals) => {
    const ended = child;
    if (ended?.exitCode !== null || ended.signalCode !== null) return;
    const gone = once(ended, 'exit');
    ended.kill(signal);
    await gone;
  };
  whenFileEnds(async () => {
    child?.kill('SIGCONT');
    await end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  await start();
  return {
    name: `node ${String(index + 1)}`,
    url,
    links,
    output: () => output,
    async restart(downMs) {
      await end('SIGKILL');
      await sleep(downMs);
      await start();
    },
    async restartInOrder() {
      await end('SIGTERM');
      await start();
    },
    async freeze(forMs) {
      child?.kill('SIGSTOP');
      await sleep(forMs);
      child?.kill('SIGCONT');
    },
    jump() {
      child?.kill('SIGUSR2');
    },
  };
}

/** Starts a link that always delays: without a delay, faults that depend on the order of two answers would rarely show. */
async function startLink(host: string, delayMs: number): Promise<Proxy> {
  const proxy = await startProxy(`postgres://${host}`);
  proxy.slow(delayMs);
  return {
    ...proxy,
    async pass() {
      await proxy.pass();
      proxy.slow(delayMs);
    },
  };
}

async function untilHealthy(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) break;
    const answer = await fetch(new URL('/healthz', url)).catch(() => null);
    if (answer?.ok === true) return;
    await sleep(50);
  }
  throw new Error(`the node did not start:\n${output()}`);
}
