// Breached passwords are refused: from a file of any size, or from a range API.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { OperatorError } from '../../src/common/errors.js';
import { breachedApi, breachedFile } from '../../src/passwords/breached.js';
import { run } from '../support/account.js';
import { gql } from '../support/gql.js';
import { randomEmail, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

const folder = mkdtempSync(join(tmpdir(), 'hufu-breached-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const digest = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase();
const stolen = Array.from({ length: 5_000 }, (_, index) => `stolen password number ${String(index)}`);
const path = join(folder, 'breached');
const lines = stolen.map((password, index) => `${digest(password)}:${String(index + 1)}`).toSorted();
writeFileSync(path, `${lines.join('\r\n')}\r\n`);

describe('BREACHED-01 a file of breached passwords', () => {
  it('MUST contain exactly its own passwords', async () => {
    const isBreached = breachedFile(path);
    for (const password of stolen) expect(await isBreached(password), password).toBe(true);
    for (let index = 0; index < 1_000; index += 1) {
      expect(await isBreached(`a password of nobody ${String(index)}`)).toBe(false);
    }
  });

  it.each([1, 2, 100])('MUST be searched to both ends with %i entries without counts', async (count) => {
    const few = join(folder, `few-${String(count)}`);
    const passwords = stolen.slice(0, count);
    writeFileSync(
      few,
      passwords
        .map((one) => digest(one).toLowerCase())
        .toSorted()
        .join('\n'),
    );
    const isBreached = breachedFile(few);
    for (const password of passwords) expect(await isBreached(password)).toBe(true);
    expect(await isBreached('a password of nobody')).toBe(false);
  });

  it('MUST be reported to the operator by its setting when it is missing or malformed', () => {
    const other = join(folder, 'other');
    writeFileSync(other, 'password\n123456\n');
    for (const wrong of [other, folder, join(folder, 'missing')]) {
      expect(() => breachedFile(wrong)).toThrow(OperatorError);
      expect(() => breachedFile(wrong)).toThrow(/^PASSWORD_BREACHED_FILE: /);
    }
  });

  it('MUST make a registration with one of its passwords WeakPassword', async () => {
    const { url } = await startNode({ env: { PASSWORD_BREACHED_FILE: path } });
    const registered = async (password: string) => {
      const { data } = await gql<{ register: { __typename: string } }>(url, {
        query: 'mutation ($input: RegisterInput!) { register(input: $input) { __typename } }',
        variables: { input: { email: randomEmail(), password } },
      });
      return data?.register.__typename;
    };
    expect(await registered(stolen[4_321] ?? '')).toBe('WeakPassword');
    expect(await registered('a password of nobody')).toBe('RegisterSuccess');
  });
});

describe('BREACHED-02 a range API of breached passwords', () => {
  it('MUST NOT be asked more often than the limit of attempts of one network, over all operations', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const api = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/range/`;
    const limits = { RATE_LIMITS: 'on', RATE_LIMIT_IP_GUESSES_PER_HOUR: '5' };
    const { url } = await startNode({ env: { PASSWORD_BREACHED_API: api, ...limits } });
    const { token } = await register(url);
    const newPassword = 'a password of nobody';
    const change = () => run(url, 'changePassword', { currentPassword: 'wrong', newPassword }, token);
    for (let turn = 0; turn < 4; turn += 1) expect((await change()).__typename).toBe('InvalidCredentials');

    expect((await change()).__typename).toBe('TooManyAttempts');
    await expect(register(url)).rejects.toThrow('TooManyAttempts');
    expect(asked).toBe(5);
    server.close();
    server.closeAllConnections();
  });

  it('MUST get only five digits of the hash, and be skipped with a warning where it fails', async () => {
    const asked: string[] = [];
    let status = 200;
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response
        .writeHead(status)
        .end([`${digest('stolen').slice(5)}:12`, `${digest('padding').slice(5)}:0`].join('\r\n'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const warnings: unknown[] = [];
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/range/`;
    const isBreached = breachedApi(url, { warn: (...args: unknown[]) => warnings.push(args) });
    expect(await isBreached('stolen')).toBe(true);
    expect(await isBreached('padding')).toBe(false);
    expect(await isBreached('a password of nobody')).toBe(false);
    expect(asked[0]).toBe(`/range/${digest('stolen').slice(0, 5)}`);
    expect(warnings).toEqual([]);
    status = 500;
    expect(await isBreached('stolen')).toBe(false);
    server.close();
    server.closeAllConnections();
    expect(await isBreached('stolen')).toBe(false);
    expect(warnings).toHaveLength(2);
  });
});
