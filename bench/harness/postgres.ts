// A real PostgreSQL server for the benchmark, with its default durability, and what it uses of the processor.

import { readdirSync, readFileSync } from 'node:fs';

import postgres from 'postgres';

import { startPostgres } from '../../test/support/postgresProcess.js';

export interface BenchPostgres {
  /** Makes an empty database and gives its address. */
  createDatabase(name: string): Promise<string>;
  /** All of the server's processes together, in microseconds since they started; 0 where the system does not say. */
  cpuUs(): number;
  stop(): Promise<void>;
}

/** A clock tick of Linux's /proc, in microseconds: the kernel gives 100 a second to every program. */
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

/** A process, its children, and the children that have ended. */
function cpuOfFamily(parent: number): number {
  if (process.platform !== 'linux') return 0;
  let ticks = 0;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    // Behind the name in brackets: state, parent, ...; the 12th and 13th are its own ticks, the next two its
    // ended children's.
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
