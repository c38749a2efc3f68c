// The forms of DATABASE_URL and the meaning of its parts.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { type DatabaseTarget, readDatabaseUrl } from '../../src/config/databaseUrl.js';
import { OperatorError } from '../../src/common/errors.js';
import { readConfig } from '../../src/config/index.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const base = 'postgres://ann:hunter2@db.example/app';
const folder = temporaryFolder();
const authority = join(folder, 'authority.pem');
writeFileSync(authority, 'PEM');

describe('URL-01 DATABASE_URL', () => {
  const meanings: readonly (readonly [string, Partial<DatabaseTarget>])[] = [
    ['postgres://db/app', { servers: [{ host: 'db', port: 5432 }], database: 'app', password: '' }],
    ['postgresql://ann@db:6432/app', { servers: [{ host: 'db', port: 6432 }], user: 'ann' }],
    ['postgres://ann@db', { database: 'ann' }],
    [
      'postgres://a%40b:p%2Fw%3A%25%C3%BC%3F@db/my%20app',
      { user: 'a@b', password: 'p/w:%ü?', database: 'my app' },
    ],
    ['postgres://ann:p@ss:word@db/app', { user: 'ann', password: 'p@ss:word' }],
    ['postgres://ann@[::1]:6432/app', { servers: [{ host: '::1', port: 6432 }] }],
    ['postgres://ann@%2Fvar%2Frun/app', { servers: [{ path: '/var/run/.s.PGSQL.5432' }] }],
    [
      'postgres:///app?host=/tmp&port=6432&user=ann',
      { servers: [{ path: '/tmp/.s.PGSQL.6432' }], user: 'ann' },
    ],
    [
      'postgres://ann@one:1,[::2]:2,three/app?target_session_attrs=read-write',
      {
        servers: [
          { host: 'one', port: 1 },
          { host: '::2', port: 2 },
          { host: 'three', port: 5432 },
        ],
        description: 'PostgreSQL at one:1,[::2]:2,three/app',
      },
    ],
    [
      `${base}?host=a,b&port=7`,
      {
        servers: [
          { host: 'a', port: 7 },
          { host: 'b', port: 7 },
        ],
      },
    ],
    [
      `${base}?options=endpoint%3Dep-1&application_name=shop`,
      { settings: { options: 'endpoint=ep-1' }, applicationName: 'shop' },
    ],
  ];
  it.each(meanings)('MUST have the meaning that libpq gives it: %s', (url, meaning) => {
    expect(readDatabaseUrl(url)).toMatchObject(meaning);
  });

  it.each([
    ['', 'disable'],
    ['sslmode=disable', 'disable'],
    ['sslmode=allow', 'prefer'],
    ['sslmode=prefer', 'prefer'],
    ['sslmode=require', 'require'],
    ['sslmode=no-verify', 'require'],
    ['sslmode=verify-ca', 'verify-ca'],
    ['sslmode=verify-full', 'verify-full'],
    ['ssl=true', 'require'],
    ['ssl=1', 'require'],
    ['ssl=require', 'require'],
    ['ssl=false', 'disable'],
    ['ssl=true&sslmode=disable', 'require'],
    ['ssl=false&sslmode=verify-full', 'verify-full'],
    ['sslmode=require&sslaccept=strict', 'verify-full'],
    ['sslrootcert=system', 'verify-full'],
    [`sslrootcert=${authority}`, 'verify-full'],
    [`sslmode=require&sslrootcert=${authority}`, 'verify-ca'],
    [`sslmode=verify-full&sslrootcert=${authority}`, 'verify-full'],
    ['sslmode=require&sslnegotiation=direct', 'require'],
  ])('MUST NOT use less TLS than %s requires', (query, mode) => {
    const { tls } = readDatabaseUrl(`${base}?${query}`);
    expect(tls).toMatchObject({ mode, ...(query.includes(authority) ? { ca: 'PEM' } : {}) });
  });

  it('MUST ignore harmless parameters of other programs', () => {
    const others =
      'channel_binding=require&schema=public&pgbouncer=true&connection_limit=1&pool_timeout=10&keepalives=1&' +
      'keepalives_idle=30&gssencmode=disable&target_session_attrs=any&uselibpqcompat=true&connect_timeout=10&' +
      'sslsni=1&tcp_user_timeout=5&statement_cache_size=0&client_encoding=UTF8&fallback_application_name=x&supa=y';
    expect(readDatabaseUrl(`${base}?${others}`)).toEqual(readDatabaseUrl(base));
  });

  it.each([
    ['mysql://ann:hunter2@db/x', 'URL'],
    ['db.example/app', 'URL'],
    [`${base}?hunter=1`, '"hunter"'],
    [`${base}?statement_timeout=5`, '"statement_timeout"'],
    [`${base}?SSLMODE=require`, '"SSLMODE"'],
    [`${base}?sslmode=on-sundays`, 'sslmode'],
    // Names that every JavaScript object inherits.
    [`${base}?sslmode=constructor`, 'sslmode'],
    [`${base}?constructor=1`, 'constructor'],
    [`${base}?ssl=perhaps`, 'ssl'],
    [`${base}?gssencmode=require`, 'gssencmode'],
    [`${base}?target_session_attrs=standby`, 'target_session_attrs'],
    [`${base}?client_encoding=LATIN1`, 'client_encoding'],
    [`${base}?require_auth=scram-sha-256`, 'require_auth'],
    [`${base}?sslrootcert=${folder}/none.pem`, 'sslrootcert'],
    [`${base}?sslcert=${folder}/none.pem`, 'sslcert'],
    [`${base}?sslnegotiation=direct`, 'sslnegotiation'],
    ['postgres://ann:hunter2@db:70000/x', 'port'],
    ['postgres://ann:hunter2@db:x/x', 'host'],
    ['postgres://ann:hunter2@[::1/x', 'host'],
    ['postgres://ann:hunter2%zz@db/x', '%'],
  ])('MUST be refused with the name of the wrong part, without the password: %s', (url, name) => {
    const refused = () => readConfig({ DATABASE_URL: url, JWT_SECRET: 's'.repeat(40) });
    expect(refused).toThrow(OperatorError);
    expect(refused).toThrow(new RegExp(`^DATABASE_URL: .*${name}`));
    expect(refused).not.toThrow('hunter2');
  });

  it.each([
    ['postgres://ann@db.example/x', true],
    ['postgres://ann@10.0.0.5/x?sslmode=prefer', true],
    ['postgres://ann@localhost,db.example/x', true],
    ['postgres://ann@db.example/x?sslmode=require', false],
    ['postgres://ann@localhost/x', false],
    ['postgres://ann@127.0.0.1/x', false],
    ['postgres://ann@[::1]/x', false],
    ['postgres://ann@%2Ftmp/x', false],
  ])('MUST cause a warning for a remote database without certain TLS: %s %s', (url, warns) => {
    expect(readDatabaseUrl(url).warning !== null).toBe(warns);
  });
});
