// Runs the command lines of examples/ one after another. A line of a kind that is not listed here fails, so that the docs quote
// no command that no test has run.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { databaseKind, freshDatabase, type TestDatabase } from '../support/database.js';
import { register } from '../support/operations.js';
import { testSecret, testSettings } from '../support/settings.js';
import { startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { filesOf } from './files.js';

const run = promisify(execFile);

/** The state of a file that is run line by line. */
interface Shell {
  readonly folder: string;
  readonly exported: Record<string, string>;
  /** The URL of the node that gets the requests. */
  readonly url: string;
  /** The value of `$TOKEN`. */
  token: string;
}

type Line = (shell: Shell, line: string) => Promise<void>;

const known: readonly (readonly [RegExp, Line])[] = [
  [/^npm install$/, installed],
  [/^npm start$/, starts],
  [/^npm run demo$/, ends],
  // HOSTS-08 runs these beside the packed package, without the registry.
  [/^(?:npm pack|cd examples\/hosts|npm install -w express \S+|npx tsx .+ start\.ts express)$/, elsewhere],
  // This command writes into the checkout.
  [/^npm run generate(?::team)?$/, isThere],
  [/^export /, exports],
  [/^curl /, answers],
  [/^TOKEN=\$\(curl /, takesToken],
  [/^npm run admin -- end-all-sessions$/, endsAll],
  [/^npm run (?:--silent )?admin -- /, operates],
  [/^(?:umask 077|echo "\w+=\$\(openssl rand -hex \d+\)" >>\.env)$/, writes],
  [/^docker compose up( --(build|detach|wait))+$/, isComplete],
];

// Runs once: commands that name a PostgreSQL server get one, the others use the embedded database.
describe.runIf(databaseKind === 'postgres')('the commands of examples/', () => {
  it('EXAMPLES-04 MUST all run', { timeout: 240_000 }, async () => {
    const { url } = await startNode();
    const folder = mkdtempSync(join(tmpdir(), 'hufu-examples-'));
    whenFileEnds(() => {
      rmSync(folder, { recursive: true });
      return Promise.resolve();
    });
    for (const file of filesOf('sh')) {
      const shell: Shell = { folder, exported: {}, url, token: '' };
      for (const line of readFileSync(file, 'utf8')
        .trimEnd()
        .split(/(?<!\\)\n/)) {
        const found = known.find(([pattern]) => pattern.test(line));
        if (found === undefined) throw new Error(`${file}: no test can run \`${line}\``);
        await found[1](shell, line);
      }
    }
  });
});

function elsewhere(): Promise<void> {
  return Promise.resolve();
}

/** Checks that the packages of package.json are installed. */
async function installed(): Promise<void> {
  await run('npm', ['ls', '--depth=0']);
}

/** Starts a node, waits for its URL, and ends it as Ctrl-C does, with a signal to every process of the terminal. */
async function starts({ exported }: Shell, line: string): Promise<void> {
  const child = spawn('sh', ['-c', `exec ${line}`], {
    env: await environment(exported),
    detached: true,
  });
  let output = '';
  const gather = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', gather);
  child.stderr.on('data', gather);
  const gone = once(child, 'close');
  try {
    await expect
      .poll(() => output, { timeout: 30_000 })
      .toMatch(/Hufu is ready at http:\/\/(?:127\.0\.0\.1|localhost):\d+\//);
  } finally {
    process.kill(-(child.pid ?? 0), 'SIGINT');
  }
  await gone;
}

async function ends({ exported }: Shell, line: string): Promise<void> {
  const { stdout } = await run('sh', ['-c', line], { env: await environment(exported) });
  expect(stdout).toContain('SUPERSEDED');
}

/** Gives the settings of a node with a database of its own, whatever a developer's `.env` says. */
async function environment(exported: Readonly<Record<string, string>>): Promise<NodeJS.ProcessEnv> {
  const { env } = await freshDatabase();
  const filled = Object.entries(exported).map(([name, value]) => [name, value === '…' ? testSecret : value]);
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    // A second build would disturb the tests that run the programs.
    npm_config_ignore_scripts: 'true',
    PORT: '0',
    ...(Object.fromEntries(filled) as Record<string, string>),
    // A database of its own: on the server of the tests if the line names a server, else in a folder.
    ...env,
    DATABASE_URL: 'DATABASE_URL' in exported ? (env['DATABASE_URL'] ?? '') : '',
  };
}

function isThere(_shell: Shell, line: string): Promise<void> {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
  expect(Object.keys(scripts)).toContain(line.split(' ').at(-1));
  return Promise.resolve();
}

function exports({ exported }: Shell, line: string): Promise<void> {
  const [, name = '', value = ''] = /^export (\w+)=(\S+)(?: #.*)?$/.exec(line) ?? [];
  exported[name] = value;
  return Promise.resolve();
}

async function answers(shell: Shell, line: string): Promise<void> {
  const command = line.replaceAll('http://127.0.0.1:4000', shell.url);
  const { stdout } = await run('sh', ['-c', command], { env: { ...process.env, TOKEN: shell.token } });
  const { data, errors } = JSON.parse(stdout) as { data: object; errors?: unknown };
  expect(errors).toBeUndefined();
  for (const value of Object.values(data)) expect(value).not.toBeNull();
}

async function takesToken(shell: Shell, line: string): Promise<void> {
  const command = `${line.replaceAll('http://127.0.0.1:4000', shell.url)}; printf %s "$TOKEN"`;
  const { stdout } = await run('sh', ['-c', command]);
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  shell.token = stdout;
}

/** A database with an account of ann@example.com, which no node has open. */
let account: Promise<TestDatabase> | undefined;

async function withAccount(): Promise<TestDatabase> {
  const node = await startNode();
  await register(node.url, { email: 'ann@example.com' });
  await node.stop();
  return node.database;
}

async function endsAll(_shell: Shell, line: string): Promise<void> {
  expect(await administer(line)).toMatch(/^Ended \d+ sessions/m);
}

async function operates(_shell: Shell, line: string): Promise<void> {
  expect(await administer(line)).toContain('ann@example.com');
}

/** Runs an operator's command and gives what it prints. */
async function administer(line: string): Promise<string> {
  const database = await (account ??= withAccount());
  // Skips the build before it, because other tests run the programs that it writes.
  const command = line.replace(/^npm run (?:--silent )?/, 'npm run --silent --ignore-scripts ');
  const env = { PATH: process.env['PATH'], ...testSettings(database, {}) };
  const { stdout } = await run('sh', ['-c', command], { env });
  return stdout;
}

async function writes({ folder }: Shell, line: string): Promise<void> {
  await run('sh', ['-c', line], { cwd: folder });
}

/** Checks that `.env` has the settings that compose.yaml demands; there is no container engine to run it. */
function isComplete({ folder }: Shell): Promise<void> {
  const demanded = [...readFileSync('compose.yaml', 'utf8').matchAll(/\$\{(\w+):\?/g)].map(
    ([, name]) => name,
  );
  const given = readFileSync(join(folder, '.env'), 'utf8');
  expect(demanded.length).toBeGreaterThan(1);
  for (const name of demanded) expect(given).toMatch(new RegExp(`^${String(name)}=[\\da-f]{48,}$`, 'm'));
  return Promise.resolve();
}
