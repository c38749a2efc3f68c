// The process as an operator sees it: errors that prevent its start, and how it ends.

import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, it } from 'vitest';

import { readyDatabase } from './support/database.js';
import { gql } from './support/gql.js';
import { loginOperation, meOperation, password, register } from './support/operations.js';
import { runOnNode18 } from './support/runOnNode18.js';
import { runUntilExit } from './support/runUntilExit.js';
import { testSettings } from './support/settings.js';
import { spawnNode } from './support/spawnNode.js';
import { temporaryFolder } from './support/temporaryFolder.js';
import { whenFileEnds } from './support/whenFileEnds.js';

describe('the process', () => {
  it('exits with 1 and names the setting whose value is not allowed, without the value', async () => {
    const { code, output } = await runUntilExit({ PORT: 'hunter2' });
    expect(code).toBe(1);
    expect(output).toMatch(/^PORT: it must be a whole number from 0 to 65535\.\n$/);
  });

  it('exits with 1 and says that .env cannot be read', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, '.env'));
    const { code, output } = await runUntilExit({ DATA_DIR: folder }, folder);
    expect(code).toBe(1);
    expect(output).toMatch(/^\.env: it must be a UTF-8 file [^\n]+\n$/);
  });

  it('exits with 1 and names the setting of a port that is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    whenFileEnds(async () => {
      taken.close();
      await once(taken, 'close');
    });
    const { port } = taken.address() as AddressInfo;
    for (const setting of ['PORT', 'METRICS_PORT']) {
      const { env } = await readyDatabase();
      const { code, output } = await runUntilExit({
        ...testSettings({ env }, { LOG_LEVEL: 'silent' }),
        [setting]: String(port),
      });
      expect(code).toBe(1);
      expect(output).toBe(
        `${setting}: ${String(port)} is in use on 127.0.0.1. Stop what listens there, or set another ${setting}.\n`,
      );
    }
  });

  it('answers the accepted requests after SIGTERM, and exits with 0', async () => {
    const node = await spawnNode();
    const { user, token } = await register(node.url);
    expect((await gql(node.url, { query: meOperation, token })).errors).toEqual([]);
    const variables = { input: { email: user.email, password } };
    const logins = Array.from({ length: 10 }, () => gql(node.url, { query: loginOperation, variables }));
    // Once the first is answered, the node has accepted the others, which wait for the hasher.
    await Promise.race(logins);
    const [code, ...answers] = await Promise.all([node.stop(), ...logins]);
    expect(code).toBe(0);
    expect(answers.map(({ data }) => data?.login.__typename)).toEqual(Array<string>(10).fill('LoginSuccess'));
  });
});

describe('a common mistake', () => {
  it.each([
    ['PORT', 'taken', /^PORT: \d+ is in use on 127\.0\.0\.1\./],
    ['METRICS_PORT', 'taken', /^METRICS_PORT: \d+ is in use on 127\.0\.0\.1\./],
    ['HOST', '192.0.2.77', /^HOST: this machine has no such address\./],
    ['HOST', 'no-such-host.invalid', /^HOST: this machine has no such address\./],
    ['TRUSTED_DOCUMENTS', '/no/such/file.json', /^TRUSTED_DOCUMENTS: the file \S+ does not exist\./],
    ['SESSION_LIMIT', 'many', /^SESSION_LIMIT: it must be /],
  ])('is reported by its setting before anything is written: %s=%s', async (setting, value, report) => {
    const folder = temporaryFolder();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const dataDir = join(folder, 'data');
    const env = { DATA_DIR: dataDir, [setting]: value === 'taken' ? String(port) : value };
    const { code, output } = await runUntilExit(env, folder);
    taken.close();
    expect(code).toBe(1);
    expect(output).toMatch(report);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(existsSync(dataDir)).toBe(false);
  });

  const tooOld = /Hufu needs Node\.js 20\.19 or newer, and this is 18\.20\.0\. [^\n]+\n/;

  it('of a Node.js that is too old is reported before any other module is loaded', async () => {
    for (const file of ['dist/main.js', 'dist/cli/admin.js', 'dist/cli/hufu.js', 'src/common/checkNode.js']) {
      const { code, output } = await runOnNode18([resolve(file)]);
      expect([code, output.replace(tooOld, '')], file).toEqual([1, '']);
    }
  });

  it('of a Node.js that is too old makes the import of the package reject, which does not end the process', async () => {
    for (const file of ['dist/index.js', 'dist/remote/index.js', 'dist/testing/index.js']) {
      const program = `await import(${JSON.stringify(pathToFileURL(file).href)}).catch(({ message }) => console.error(message))`;
      const { code, output } = await runOnNode18(['--input-type=module', '--eval', program]);
      expect([code, output.replace(tooOld, '')], file).toEqual([0, '']);
    }
  });
});

describe('STOP-02 a node that stops with a delay', () => {
  it('MUST serve until the delay is over despite further signals, and fail /readyz', async () => {
    const node = await spawnNode({ env: { SHUTDOWN_DELAY_SECONDS: '2' } });
    const { token } = await register(node.url);
    const startedAt = performance.now();
    const stopped = node.stop();
    const readyz = () => fetch(`${node.url}/readyz`).then(({ status }) => status);
    await expect.poll(readyz).toBe(503);
    process.kill(node.pid, 'SIGTERM');
    process.kill(node.pid, 'SIGINT');
    expect((await gql(node.url, { query: meOperation, token })).errors).toEqual([]);
    expect(await stopped).toBe(0);
    expect(performance.now() - startedAt).toBeGreaterThan(1_900);
  });
});

describe('a development server', () => {
  it('warns where other machines can reach it, refuses foreign host names, and serves its metrics on loopback only', async () => {
    const node = await spawnNode({ env: { NODE_ENV: 'development', HOST: '0.0.0.0', METRICS_PORT: '0' } });
    expect(node.output()).toMatch(/HOST: other machines can reach this development server at 0\.0\.0\.0\./);
    await expect.poll(() => node.output()).toMatch(/Metrics are at http:\/\/127\.0\.0\.1:\d+\/metrics/);
    const ask = (host: string) =>
      new Promise<number | undefined>((done, reject) => {
        request(new URL('/healthz', node.url), { agent: false, headers: { host } }, (response) => {
          response.resume();
          done(response.statusCode);
        })
          .once('error', reject)
          .end();
      });
    expect(await ask('rebound.example')).toBe(421);
    expect(await ask('localhost')).toBe(200);
    expect(await node.stop()).toBe(0);
  });
});
