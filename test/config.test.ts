import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { ConfigError, readConfig } from '../src/config/index.js';

const secret = 'a secret of at least thirty-two bytes';

function refusal(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the settings were accepted');
}

describe('settings', () => {
  it('have the defaults that the example file gives', () => {
    expect(readConfig({})).toMatchObject({
      environment: 'development',
      port: 4000,
      host: '127.0.0.1',
      databaseUrl: null,
      dataDir: '.data',
      sessionTtlSeconds: 2_592_000,
      securityEventsDays: 365,
      passwordMinLength: 8,
      corsOrigins: [],
      introspection: true,
    });
    expect(readConfig({ NODE_ENV: 'production', JWT_SECRET: secret }).introspection).toBe(false);
  });

  it('count as not set when they are empty', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '' })).toEqual(readConfig({}));
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', 'four thousand'],
    ['DATABASE_URL', 'mysql://root:hunter2@db/x'],
    ['DATABASE_URL', 'postgres://root:hunter2@db,db2/x'],
    ['DATABASE_URL', 'postgres://root:hunter2@db/x?sslmode=allow'],
    ['JWT_SECRET', 'hunter2'],
    ['SESSION_TTL_SECONDS', '-5'],
    ['SECURITY_EVENTS_DAYS', '36501'],
    ['PASSWORD_MIN_LENGTH', '7'],
    ['CORS_ORIGINS', 'https://app.example.com/path'],
    ['GRAPHQL_INTROSPECTION', 'perhaps'],
    ['NODE_ENV', 'staging'],
  ])('stop the start by name when they are not allowed: %s', (name, value) => {
    const message = refusal({ [name]: value });
    expect(message).toMatch(new RegExp(`^${name} .* must be `));
    expect(message).not.toContain(value);
  });

  it('name every one that is wrong', () => {
    expect(refusal({ PORT: 'x', HOST: 'y'.repeat(300) }).split('\n')).toHaveLength(2);
  });

  it('demand a secret in production and with a server', () => {
    expect(refusal({ NODE_ENV: 'production' })).toContain('JWT_SECRET is required in production');
    expect(refusal({ DATABASE_URL: 'postgres://h/d' })).toContain('JWT_SECRET is required with DATABASE_URL');
  });

  it('all stand in the example file', () => {
    const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
    const source = ['config/index.ts', 'config/limits.ts', 'config/mail.ts']
      .map((file) => readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8'))
      .join('\n');
    const names = [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !new RegExp(`^#?${name}=`, 'm').test(example))).toEqual([]);
  });
});
