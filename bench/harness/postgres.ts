// Starts a PostgreSQL server with its default durability, and reads its CPU time.

import { readdirSync, readFileSync } from 'node:fs';

import postgres from 'postgres';

import { startPostgres } from '../../test/support/postgresProcess.js';

export interface BenchPostgres {
  /** Creates an empty database, and gives its URL. */
  createDatabase(name: string): Promise<string>;
  /** Gives the CPU time of all processes of the server since their start, in microseconds; 0 outside Linux. */
  cpuUs(): number;
  stop(): Promise<void>;
}

/** A clock tick of Linux's /proc, in microseconds: the kernel reports 100 a second. */
const tickUs = 10_000;

export async function startBenchPostgres(): Promise<BenchPostgres> {
  const server = await startPostgres({ max_connections: '200', shared_buffers: '512MB' });
  return {
    async createDatabase(name) {
      const sql = postgres(server.url, { max: 1, onnotice: () => undefined });
      await sql.unsafe(`create database ${name}`);
      await sql.end();
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    cpuUs: () => cpuOfFamily(server.pid),
    stop: () => server.stop(),
  };
}

/** Adds up the CPU time of a process, its children and its ended children. */
function cpuOfFamily(parent: number): number {
  if (process.platform !== 'linux') return 0;
  let ticks = 0;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    // After the name in brackets come state, parent, ...; fields 12 and 13 are its own ticks, fields 14 and 15 those of its
    // ended children.
    const fields = statOf(entry)?.split(') ')[1]?.split(' ');
    if (fields === undefined) continue;
    const isParent = Number(entry) === parent;
    if (!isParent && Number(fields[1]) !== parent) continue;
    ticks += Number(fields[11]) + Number(fields[12]);
    if (isParent) ticks += Number(fields[13]) + Number(fields[14]);
  }
  return ticks * tickUs;
}

function statOf(pid: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
}
