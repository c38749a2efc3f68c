// The operator's command as a process, on the database of running nodes.

import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { createTestClock } from '../support/clock.js';
import { databaseKind, freshDatabase, readyDatabase, type TestDatabase } from '../support/database.js';
import { enrol, firstStep, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import {
  login,
  loginOperation,
  meOperation,
  randomEmail,
  password,
  phone,
  register,
} from '../support/operations.js';
import { programPath } from '../support/programs.js';
import { programFlags } from '../support/v8Flags.js';
import { rowsOf } from '../support/rows.js';
import { type Env, testSettings } from '../support/settings.js';
import { sessionEndedOn, watch } from '../support/socket.js';
import { spawnNode } from '../support/spawnNode.js';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(file: string, args: readonly string[], env: Env, cwd = tmpdir()): Promise<Ran> {
  return new Promise((done) => {
    const child = execFile(file, args, { cwd, env }, (_error, stdout, stderr) => {
      done({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

function admin(database: TestDatabase, args: readonly string[], env: Env = {}): Promise<Ran> {
  const settings = { PATH: process.env['PATH'] ?? '', ...testSettings(database, env) };
  return run(
    process.execPath,
    [...programFlags(databaseKind === 'pglite'), programPath('cli/admin'), ...args],
    settings,
  );
}

interface Shown {
  readonly account: { readonly email: string; readonly disabledAt: string | null };
  readonly liveSessions: readonly { readonly id: string }[];
  readonly endedSessions: readonly { readonly id: string; readonly endReason: string }[];
}

async function adminJson(database: TestDatabase, ...args: readonly string[]): Promise<Shown> {
  const { code, stdout, stderr } = await admin(database, [...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Shown;
}

describe.runIf(databaseKind === 'postgres')('ADMIN-02 the command, beside running nodes,', async () => {
  if (databaseKind !== 'postgres') return;
  const database = await readyDatabase();
  const env = { SESSION_LIMIT: '0' };
  const nodes = await Promise.all([spawnNode({ database, env }), spawnNode({ database, env })]);
  const [here = '', there = ''] = nodes.map(({ url }) => url);

  const reasonOf = async (token: string) => {
    const { errors } = await gql(there, { query: meOperation, token });
    return errors[0]?.extensions.reason ?? 'live';
  };

  it('MUST disable an account, notify its devices on each node within a second, and enable it again', async () => {
    const first = await register(here, { device: phone });
    const { email } = first.user;
    const second = await login(there, email);
    const bystander = await register(here);
    const sockets = await Promise.all([
      watch(here, first.token),
      watch(there, first.token),
      watch(here, second.token),
      watch(there, second.token),
    ]);
    const other = await watch(there, bystander.token);

    const done = await adminJson(database, 'disable', email);
    expect(done.account.disabledAt).toMatch(/^\d{4}-.*Z$/);
    expect(done.liveSessions).toEqual([]);
    expect(done.endedSessions.map(({ id, endReason }) => [id, endReason])).toEqual([
      [second.session.id, 'ACCOUNT_DISABLED'],
      [first.session.id, 'ACCOUNT_DISABLED'],
    ]);
    for (const socket of sockets) {
      expect(await sessionEndedOn(socket, 1_000)).toMatchObject({ reason: 'ACCOUNT_DISABLED', by: null });
      expect(await socket.closed()).toEqual({ code: 4403, reason: 'ACCOUNT_DISABLED' });
    }
    expect(other.messages.map(({ type }) => type)).toEqual(['connection_ack', 'pong']);
    const variables = { input: { email, password } };
    const refused = await gql(here, { query: loginOperation, variables });
    expect(refused.data?.login.__typename).toBe('AccountDisabled');

    // A repetition changes nothing.
    const again = await adminJson(database, 'disable', email);
    expect(again).toEqual({ ...done, endedSessions: [] });

    expect(await adminJson(database, 'enable', email)).toMatchObject({
      account: { email, disabledAt: null },
      liveSessions: [],
      endedSessions: [],
    });
    const back = await login(here, email);
    expect(await reasonOf(back.token)).toBe('live');
    expect(await reasonOf(first.token)).toBe('ACCOUNT_DISABLED');
  });

  it('MUST end the sessions of an account as REVOKED, and change nothing with `show`', async () => {
    const first = await register(here, { device: phone });
    const device = await watch(there, first.token);
    const email = ` ${first.user.email.toUpperCase()} `;
    const shown = await adminJson(database, 'show', email);
    expect(shown.liveSessions).toEqual([
      expect.objectContaining({ id: first.session.id, device: phone, endReason: null, endedAt: null }),
    ]);
    expect(await reasonOf(first.token)).toBe('live');

    const { endedSessions } = await adminJson(database, 'end-sessions', email);
    expect(endedSessions).toMatchObject([{ id: first.session.id, endReason: 'REVOKED' }]);
    expect(await sessionEndedOn(device, 1_000)).toMatchObject({ reason: 'REVOKED' });
    expect((await login(here, first.user.email)).__typename).toBe('LoginSuccess');
  });

  it('MUST list and remove second factors, which ends every session, voids open challenges, and notifies the owner', async () => {
    const { token, user } = await register(here);
    await rowsOf(database, `update hufu.users set email_verified_at = now() where email = '${user.email}'`);
    const app = await enrol(here, token, createTestClock(new Date()));
    const challengeToken = await firstStep(there, user.email);
    const shown = await adminJson(database, 'factors', user.email);
    expect(shown).toMatchObject({ factors: [{ method: 'TOTP' }], recoveryCodesLeft: 10 });
    expect(await reasonOf(token)).toBe('live');

    const reset = await adminJson(database, 'reset-factors', user.email);
    expect(reset).toMatchObject({
      factors: [],
      recoveryCodesLeft: 0,
      endedSessions: [{ endReason: 'REVOKED' }],
    });
    // Only the link of the notification is valid.
    const open = `select payload->>'notice' as notice from hufu.links where user_id = '${user.id}' and voided_at is null`;
    expect(await rowsOf(database, open)).toEqual([{ notice: 'true' }]);
    expect(await reasonOf(token)).toBe('REVOKED');
    const completed = await runFactor(there, 'completeLogin', { challengeToken, totp: app.next() });
    expect(completed.__typename).toBe('ChallengeRejected');
    expect((await login(here, user.email)).__typename).toBe('LoginSuccess');
    const events = await rowsOf(
      database,
      `select outcome from hufu.security_events where user_id = '${user.id}' and kind = 'OPERATOR_RESET_FACTORS'`,
    );
    expect(events).toEqual([{ outcome: 'SUCCEEDED' }]);
  });

  it('MUST run as `npm run admin`', async () => {
    const { user } = await register(here);
    const settings = { PATH: process.env['PATH'] ?? '', ...testSettings(database, {}) };
    // Without the build before it, which would overwrite the files that other tests run.
    const args = ['run', '--silent', '--ignore-scripts', 'admin', '--', 'show', user.email];
    const { code, stdout, stderr } = await run('npm', args, settings, process.cwd());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^${user.email}\\n {2}id .*\\n {2}state {9}active\\n`));
  });

  it('MUST name the reason when the server refuses it or cannot be reached', async () => {
    const url = new URL(database.env['DATABASE_URL'] ?? '');
    url.pathname = '/no_such_database';
    const nowhere = 'postgres://user:hunter2@127.0.0.1:1/hufu';
    for (const DATABASE_URL of [url.href, nowhere]) {
      const ran = await admin(database, ['show', 'ann@example.com'], { DATABASE_URL });
      expect(ran).toMatchObject({ code: 1, stdout: '' });
      expect(ran.stderr).toMatch(
        /^DATABASE_URL: PostgreSQL at 127\.0\.0\.1:\d+\/\w+ (?:refuses \(SQLSTATE 3D000\)|cannot be reached \(ECONNREFUSED\)): .+\n$/,
      );
    }
  });
});

describe('MIGRATE-01 npm run migrate', () => {
  const migrate = (database: TestDatabase) => {
    const settings = { PATH: process.env['PATH'] ?? '', ...testSettings(database, { JWT_SECRET: '' }) };
    return run(
      process.execPath,
      [...programFlags(databaseKind === 'pglite'), programPath('cli/migrate')],
      settings,
    );
  };

  it('MUST make the tables without a secret, and change nothing when they exist', async () => {
    const database = await freshDatabase();
    for (const time of ['first', 'second'])
      expect({ time, ...(await migrate(database)) }).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/PostgreSQL .* is up to date\n$/) as string,
        stderr: '',
      });
    expect(await rowsOf(database, 'select id from hufu.users')).toEqual([]);
  });
});

describe.runIf(databaseKind === 'pglite')('ADMIN-03 the embedded database', () => {
  it('MUST be refused to the command while a node has it open, and work after the node has stopped', async () => {
    const node = await spawnNode();
    const { user, token } = await register(node.url);
    const refused = await admin(node.database, ['disable', user.email]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^DATA_DIR: .* is in use by another process\. .*\n$/);
    expect((await gql(node.url, { query: meOperation, token })).errors).toEqual([]);
    await node.stop();

    const done = await adminJson(node.database, 'disable', user.email);
    expect(done.endedSessions).toMatchObject([{ endReason: 'ACCOUNT_DISABLED' }]);
    const again = await spawnNode({ database: node.database });
    const { errors } = await gql(again.url, { query: meOperation, token });
    expect(errors[0]?.extensions).toMatchObject({ reason: 'ACCOUNT_DISABLED' });
  });
});

describe.runIf(databaseKind === 'postgres')('ADMIN-05 service accounts', async () => {
  if (databaseKind !== 'postgres') return;
  const database = await readyDatabase();
  const service = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await admin(database, ['service', ...args, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  };

  it('MUST be created with a key that is shown once, be listed, get a new key, and be disabled', async () => {
    const key = expect.stringMatching(/^hufu_[\da-f]{16}_[\w-]{43}$/) as string;
    const made = await service('create', 'gateway', '--scopes', 'introspect,feed');
    expect(made).toEqual({ service: 'gateway', key });
    const rotated = await service('rotate', 'gateway', '--now');
    expect(rotated).toMatchObject({ service: 'gateway', key });
    expect(rotated['key']).not.toBe(made['key']);
    expect(await service('disable', 'gateway')).toEqual({ service: 'gateway', disabled: true });
    const listed = await service('list');
    expect(listed).toMatchObject({
      services: [{ name: 'gateway', scopes: ['introspect', 'feed'], keys: [{ expiresAt: null }, {}] }],
    });
    expect(JSON.stringify(listed)).not.toContain(String(rotated['key']).slice(-43));
    expect(await admin(database, ['service', 'create', 'gateway', '--scopes', 'feed'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'NAME: there is a service of this name already.\n',
    });
    const unknown = await admin(database, ['service', 'rotate', 'nowhere']);
    expect(unknown).toMatchObject({ code: 1, stderr: 'NAME: there is no service of this name.\n' });
  });
});

// Runs in one project: the errors of arguments do not depend on the database.
describe.runIf(databaseKind === 'postgres')('ADMIN-04 the command', async () => {
  if (databaseKind !== 'postgres') return;
  const database = await readyDatabase();

  it.each([
    ['show', randomEmail()],
    ['disable', 'no email'],
    ['enable', randomEmail()],
    ['end-sessions', "'; drop table users; --"],
  ])('MUST fail in %s when no account has the e-mail', async (act, email) => {
    const ran = await admin(database, [act, email]);
    expect(ran).toEqual({ code: 1, stdout: '', stderr: 'ACCOUNT: no account has this email or id.\n' });
  });

  it.each([
    [],
    ['show'],
    ['show', ''],
    ['shew', 'ann@example.com'],
    ['constructor', 'ann@example.com'],
    ['show', 'ann@example.com', 'bob@example.com'],
    ['show', 'ann@example.com', '--jason'],
    ['show', 'ann@example.com', '--json=yes'],
    ['end-all-sessions', 'ann@example.com'],
  ])('MUST print its usage to standard error for wrong arguments: %o', async (...args: readonly string[]) => {
    const ran = await admin(database, args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(
      /^Usage: npm run admin -- disable\|enable\|end-sessions\|factors\|reset-factors\|show ACCOUNT \[--json\]\n/,
    );
  });

  it.each([
    ['ACCOUNT is missing.', 'show'],
    ['Name one ACCOUNT.', 'show', 'ann@example.com', 'bob@example.com'],
    ['There is no such command.', 'shew', 'ann@example.com'],
    ['There is no such command.', 'service', 'delete', 'orders'],
    ['NAME is missing.', 'service', 'rotate'],
    ['--scopes is missing.', 'service', 'create', 'orders'],
    ['SCOPES are one or more of ', 'service', 'create', 'orders', '--scopes', 'everything'],
    ['Only service rotate takes --now.', 'service', 'disable', 'orders', '--now'],
    ['KID is missing.', 'keys', 'revoke'],
  ])('MUST name the mistake: %s', async (sentence, ...args) => {
    const ran = await admin(database, args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr.trimEnd().split('\n').at(-1)).toContain(sentence);
  });

  it.each([
    ['--help'],
    ['-h'],
    ['help'],
    ['disable', '--help'],
    ['help', 'disable'],
    ['show', 'ann@example.com', '-h'],
  ])('MUST print its usage to standard output on request: %o', async (...args: readonly string[]) => {
    // Help needs no valid settings.
    const ran = await admin(database, args, { SESSION_LIMIT: 'hunter2' });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(/^Usage: npm run admin -- /);
  });

  it('every command MUST exit with 0 for help, 2 for a usage error and 1 for a failure, before it does anything', async () => {
    const settings = {
      PATH: process.env['PATH'] ?? '',
      ...testSettings(database, { SESSION_LIMIT: 'hunter2' }),
    };
    const command = (name: string, ...args: readonly string[]) =>
      run(process.execPath, [resolve(`dist/cli/${name}.js`), ...args], settings);
    for (const [name, failing, ...wrong] of [
      ['admin', ['show', 'ann@example.com'], ['show']],
      ['migrate', [], ['now'], ['--force=hunter2']],
      ['demo', [], ['http://a.example', 'http://b.example'], ['--fast']],
    ] as const) {
      const usage = new RegExp(
        `^Usage: npm run ${name}\\b[^]*\\nExit codes: 0 success, 1 failure, 2 usage error\\.\\n$`,
      );
      const flags = /\n\nThere is no flag (?:--force|--fast)\.\n$/;
      const missing = /\n\nACCOUNT is missing\.\n$/;
      const helped = await command(name, '--help');
      expect(helped).toMatchObject({ code: 0, stderr: '' });
      expect(helped.stdout).toMatch(usage);
      for (const args of wrong) {
        const refused = await command(name, ...args);
        expect(refused).toMatchObject({ code: 2, stdout: '' });
        expect(refused.stderr.replace(flags, '\n').replace(missing, '\n')).toMatch(usage);
        expect(flags.test(refused.stderr)).toBe(args[0].startsWith('-'));
      }
      const failed = await command(name, ...failing);
      expect(failed).toMatchObject({ code: 1, stdout: '' });
      expect(failed.stderr).toBe('SESSION_LIMIT: it must be a whole number from 0 to 1000.\n');
    }
  });

  it.each([
    ['show', '-x@example.com'],
    ['disable', '--json@example.com', '--json'],
    ['enable', '--', '-x@example.com'],
    ['end-sessions', '-h@example.com'],
  ])('MUST read an e-mail that begins with a hyphen as an e-mail: %o', async (...args: readonly string[]) => {
    const ran = await admin(database, args);
    expect(ran).toEqual({ code: 1, stdout: '', stderr: 'ACCOUNT: no account has this email or id.\n' });
  });

  it('MUST warn of a variable that is similar to a setting', async () => {
    const ran = await admin(database, ['show', randomEmail()], { DATABSE_URL: 'hunter2' });
    expect(ran.stderr).toMatch(
      /^DATABSE_URL is no setting and is ignored\. Is DATABASE_URL meant\?\nACCOUNT: no account /,
    );
  });

  it('MUST end the sessions of all accounts, also when there is none', async () => {
    const ran = await admin(database, ['end-all-sessions', '--json']);
    expect(ran).toEqual({ code: 0, stdout: '{"endedSessions":0,"voidedLinks":0}\n', stderr: '' });
  });

  it('MUST name a setting with a wrong value, without the value', async () => {
    const ran = await admin(database, ['show', 'ann@example.com'], { SESSION_LIMIT: 'hunter2' });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^SESSION_LIMIT: /);
    expect(ran.stderr).not.toContain('hunter2');
  });
});
