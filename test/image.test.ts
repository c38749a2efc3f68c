// Builds the container image without a container engine: the production packages without their scripts, and the copied files.
// Starts the program from these, as a user without privileges.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';

import { whenFileEnds } from './support/whenFileEnds.js';
import { databaseKind, freshDatabase } from './support/database.js';
import { type Image, replayDockerfile } from './support/dockerfile.js';
import { freePort } from './support/freePort.js';
import { gql } from './support/gql.js';
import { ramDisk } from './support/ramDisk.js';
import { meOperation, register } from './support/operations.js';
import { testSecret } from './support/settings.js';
import { startCommand } from './support/startCommand.js';

const isRoot = process.getuid?.() === 0;

/** The PATH of the image: `node` and a shell. */
const imagePath = `${dirname(process.execPath)}:/usr/bin:/bin`;

// Runs in one project: the image is the same for both databases, and the tests start both from it.
describe.runIf(databaseKind === 'postgres')('the image', () => {
  let image: Image;

  beforeAll(() => {
    const folder = mkdtempSync(join(ramDisk, 'hufu-image-'));
    whenFileEnds(() => {
      execFileSync('chmod', ['-R', 'u+w', folder]);
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    });
    image = replayDockerfile('Dockerfile', folder);
    execFileSync('chmod', ['-R', 'a-w,a+rX', folder]);
    for (const [path, owner] of Object.entries(image.owners)) give(join(image.root, path), owner);
  }, 240_000);

  /** Gives a folder to the image's user, the only one who may write to it. */
  function give(path: string, owner: string): void {
    const [user = '', group = ''] = owner.split(':');
    if (isRoot) chownSync(path, Number(user), Number(group));
    execFileSync('chmod', ['u+w', path]);
  }

  /** Starts the image's command as the image's user. */
  async function run(env: Readonly<Record<string, string>>) {
    const port = await freePort();
    const [uid, gid] = image.user.split(':').map(Number);
    const options = {
      cwd: image.workingFolder,
      env: { PATH: imagePath, ...image.environment, PORT: String(port), JWT_SECRET: testSecret, ...env },
      ...(isRoot ? { uid, gid } : {}),
    } as const;
    const [program = '', ...args] = image.command;
    const child = spawn(program, args, options);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    onTestFinished(() => void child.kill('SIGKILL'));
    const health = async () => {
      const [code] = (await once(spawn(process.execPath, image.health.slice(1), options), 'exit')) as [
        number,
      ];
      return code;
    };
    // Every health check is a process, which would slow the start down: the log tells first.
    await expect.poll(() => output, { timeout: 60_000 }).toMatch(/http:\/\/[^\s"'/]+:\d+/);
    expect(await health(), output).toBe(0);
    return {
      url: `http://127.0.0.1:${String(port)}`,
      health,
      output: () => output,
      async stop() {
        child.kill(image.stopSignal as NodeJS.Signals);
        return ((await once(child, 'exit')) as [number | null])[0];
      },
    };
  }

  it('IMAGE-01 MUST contain only what the program needs: no build tool, no source, no secret', () => {
    expect(readdirSync(image.workingFolder).sort()).toEqual([
      '.data',
      'dist',
      'drizzle',
      'node_modules',
      'package.json',
      'schema.graphql',
      'start',
    ]);
    for (const tool of ['esbuild', 'typescript', 'vitest', 'drizzle-kit']) {
      expect(existsSync(join(image.workingFolder, 'node_modules', tool)), tool).toBe(false);
    }
    // `exec` runs the node in the same process, so that a signal reaches it.
    const [program = ''] = image.command;
    expect(readFileSync(join(image.workingFolder, program), 'utf8')).toBe(
      `#!/bin/sh\nexec ${startCommand().join(' ')}\n`,
    );
    expect(image.health[0]).toBe('node');
    expect(image.user).toBe('1000:1000');
  });

  it('IMAGE-02 MUST run with a PostgreSQL server on a read-only file system, and stop with exit code 0', async () => {
    const { env } = await freshDatabase();
    const node = await run({ DATABASE_URL: env['DATABASE_URL'] ?? '' });
    const { user, token } = await register(node.url);
    expect((await gql(node.url, { query: meOperation, token })).data?.me?.email).toBe(user.email);
    expect((await fetch(`${node.url}/readyz`)).status).toBe(200);
    expect(await node.stop(), node.output()).toBe(0);
    expect(readdirSync(join(image.workingFolder, '.data'))).toEqual([]);
    expect(await node.health()).toBe(1);
  });

  it('IMAGE-03 MUST keep the embedded database in the only folder that it may write to', async () => {
    const first = await run({});
    const { user, token } = await register(first.url);
    expect(await first.stop(), first.output()).toBe(0);
    const again = await run({});
    expect((await gql(again.url, { query: meOperation, token })).data?.me?.email).toBe(user.email);
    expect(await again.stop()).toBe(0);
  });
});

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
}

describe('the installed packages', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const installed = Object.entries(packages).filter(([path]) => path !== '');

  it('IMAGE-04 MUST be pinned: an exact version of each, with its checksum', () => {
    expect(installed.length).toBeGreaterThan(100);
    const loose = installed.filter(
      ([, { version, integrity, link }]) =>
        link === true || !/^\d+\.\d+\.\d+/.test(version ?? '') || integrity?.startsWith('sha512-') !== true,
    );
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  it('IMAGE-05 MUST need no install script at run time', () => {
    const scripted = installed.filter(
      ([, { hasInstallScript, dev }]) => hasInstallScript === true && dev !== true,
    );
    // The image does not contain the transpiler; the script of the other only warns about the form of its version range.
    expect(scripted.map(([path]) => path)).toEqual([
      'node_modules/@apollo/protobufjs',
      'node_modules/esbuild',
    ]);
  });
});

describe('compose.yaml', () => {
  interface Service {
    readonly image: string;
    readonly environment: Readonly<Record<string, string | number>>;
    readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
    readonly ports?: readonly string[];
    readonly volumes?: readonly string[];
    readonly healthcheck?: { readonly test: readonly string[] };
    readonly read_only?: boolean;
    readonly env_file?: string;
  }
  const { services } = parse(readFileSync('compose.yaml', 'utf8')) as {
    services: { database: Service; hufu: Service };
  };

  it('IMAGE-06 MUST start the node after a healthy database, and contain no secret', () => {
    const { database, hufu } = services;
    expect(hufu.depends_on).toEqual({ database: { condition: 'service_healthy' } });
    expect(database.healthcheck?.test).toContain('pg_isready');
    expect(database.image).toMatch(/^postgres:18/);
    // The image of PostgreSQL 18 keeps its files in a folder of its version below this one.
    expect(database.volumes).toEqual(['database:/var/lib/postgresql']);
    expect(database.ports).toBeUndefined();
    expect(hufu.ports).toEqual(['127.0.0.1:4000:4000']);
    expect(hufu.read_only).toBe(true);
    expect(hufu.env_file).toBe('.env');
    for (const secret of [database.environment['POSTGRES_PASSWORD'], hufu.environment['JWT_SECRET']]) {
      expect(secret).toMatch(/^\$\{[A-Z_]+:\?must be set in \.env\}$/);
    }
  });
});

describe('the workflow', () => {
  interface Workflow {
    readonly permissions: Readonly<Record<string, string>>;
    readonly jobs: Readonly<
      Record<
        string,
        {
          readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
          readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
        }
      >
    >;
  }
  const { permissions, jobs } = parse(readFileSync('.github/workflows/ci.yml', 'utf8')) as Workflow;

  it('IMAGE-07 MUST check and test on every supported Node.js, with actions pinned to a commit', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    expect(`>=${jobs['test']?.strategy?.matrix.node[0] ?? ''}`).toBe(engines.node);
    expect(jobs['test']?.strategy?.matrix.node).toEqual(['20.19', '22', '24', '26']);
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    expect(steps.flatMap(({ run }) => run ?? [])).toContain('bash .ci/run');
    const unpinned = steps.filter(({ uses }) => uses !== undefined && !/@[\da-f]{40}$/.test(uses));
    expect(unpinned).toEqual([]);
    expect(permissions).toEqual({ contents: 'read' });
  });
});
