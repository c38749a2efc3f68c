// The options of createHufu: every setting has one, and one error names all that are invalid, without their values.

import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

import postgres from 'postgres';
import { describe, expect, it, vi } from 'vitest';

import { OperatorError } from '../../src/common/errors.js';
import { readConfig, type SettingName } from '../../src/config/index.js';
import { createHufu } from '../../src/hufu/createHufu.js';
import { type HufuOptions } from '../../src/hufu/options.js';
import { optionOfSetting } from '../../src/hufu/optionNames.js';
import { fromEnvironment, readOptions } from '../../src/hufu/readOptions.js';
import { silent } from './harness.js';

const secret = 'not-a-secret:for-tests-only-0123';
const prefix = 'a-secret-that-must-not-be-repeated';

/** Stands for the client of another driver. */
class Pool {
  readonly options = { host: 'db.example', password: prefix };
}

/** Gives the error for options as a team without types may pass them. */
const refusal = (options: unknown): OperatorError => {
  try {
    readOptions(options as HufuOptions);
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
  throw new Error('the options were accepted');
};

describe('HUFU-30 one error MUST name every invalid option', () => {
  it('as the caller wrote it, with the values that are allowed, and never with its value', () => {
    const { message } = refusal({
      session: { lifetimeSeconds: 60, limit: -1, overflow: `${prefix}1` },
      tokens: { secret: `${prefix}\u{d800}`.slice(0, 12) },
      database: { url: `postgres://ann:${prefix}@host/db?nonsense=1` },
      mail: 'smtp://localhost',
      auth: { requireVerifiedEmail: `${prefix}2`, linkTtlSeconds: { verifyEmail: 1.5 } },
      log: { info: () => undefined },
      sendMail: prefix,
      on: { register: () => undefined, deleted: prefix, registered: undefined },
      texts: { resetPassword: undefined, loginCodes: () => undefined },
      typePrefix: '9',
      passwords: { minLength: { value: 3 } },
      app: { name: [prefix] },
      speed: 3,
    });
    const lines = message.split('\n').map((line) => line.split(':', 1)[0]);
    expect(lines).toEqual([
      'session.lifetimeSeconds',
      'mail',
      'log',
      'sendMail',
      'on.register',
      'on.deleted',
      'texts.loginCodes',
      'typePrefix',
      'passwords.minLength',
      'app.name',
      'speed',
      'tokens.secret',
      'session.limit',
      'session.overflow',
      'auth.linkTtlSeconds.verifyEmail',
      'auth.requireVerifiedEmail',
    ]);
    expect(message).toContain('session.lifetimeSeconds: there is no such option. session takes ');
    expect(message).toContain('session.limit: it must be a whole number from 0 to 1000.');
    expect(message).not.toContain(prefix.slice(0, 12));
  });

  it('of settings or the whole environment, with the option to use instead', () => {
    const { message } = refusal({ DATABASE_URL: prefix, HOME: prefix, session: { ttl: 1 }, SHELL: prefix });
    const lines = message.split('\n');
    expect(lines).toEqual([
      'DATABASE_URL: it is a setting, whose option is database.url. createHufu(fromEnvironment()) reads the settings of the ' +
        'environment.',
      expect.stringMatching(/^HOME: there is no such option\. It takes environment, database, /),
      expect.stringMatching(/^session\.ttl: there is no such option\. session takes ttlSeconds, /),
      'SHELL: there is no such option.',
    ]);
  });

  it('also one named like a property that every object inherits', () => {
    expect(refusal({ constructor: prefix }).message).toMatch(
      /^constructor: there is no such option\. It takes /,
    );
  });

  it('or say that the options are no object', () => {
    for (const options of [null, prefix, 5, [prefix]])
      expect(refusal(options).message).toMatch(
        /^options: they must be an object with environment, database, /,
      );
  });

  it('in the warnings of the log as well', async () => {
    const warn = vi.fn<NonNullable<HufuOptions['log']>['warn']>();
    const hufu = await createHufu({
      environment: 'test',
      tokens: { secret },
      // No server listens on this port.
      database: `postgres://ann:${prefix}@127.0.0.1:1/c`,
      app: { publicUrl: 'https://api.example.com' },
      log: { ...silent, warn },
    });
    await hufu.stop();
    expect(warn.mock.calls.map((line) => line.at(-1))).toContain(
      'database.url: PostgreSQL at 127.0.0.1:1/c cannot be reached; trying again until it can',
    );
    expect(inspect(warn.mock.calls, { depth: Infinity })).not.toContain(prefix);
  });

  it('also those that are invalid only in combination', () => {
    const { message } = refusal({
      environment: 'production',
      database: `postgres://ann:${prefix}@host/db?nonsense=1`,
      auth: { requireVerifiedEmail: true },
    });
    expect(message).toMatch(/^database\.url: /);
    expect(message).toMatch(/^tokens\.secret: it is required in production\. /m);
    expect(message).toMatch(
      /^mail\.smtpUrl: it is required in production with auth\.requireVerifiedEmail\. /m,
    );
    expect(message).not.toContain(prefix);
  });
});

/** Values other than the default for settings that accept none of the usual samples. */
const samples: Partial<Record<SettingName, string>> = {
  NODE_ENV: 'test',
  DATABASE_URL: 'postgres://ann:b@localhost:1/c',
  DATABASE_DIRECT_URL: 'postgres://ann:b@localhost:2/c',
  DATABASE_POOL_MODE: 'session',
  SESSION_SCOPE: 'device',
  SESSION_OVERFLOW: 'ask',
  PASSWORD_BREACHED_FILE: '/breached',
  PASSWORD_BREACHED_API: 'http://localhost/range/',
  APP_URL: 'https://a.example',
  PUBLIC_URL: 'https://b.example',
  LINK_BASE_URL: 'https://c.example',
  SMTP_URL: 'smtp://localhost:25',
  SMTP_TLS: 'required',
  MAIL_FROM: 'Ann <ann@example.com>',
  REQUIRE_VERIFIED_EMAIL: 'true',
  EMAIL_CODE_LOGIN: 'true',
  LOGIN_NOTICES: 'false',
  QUERY_MAX_COST: '111',
  TRUST_PROXY: '10.0.0.0/8,fd00::/8',
  PROVIDERS: 'acme,google',
  PROVIDERS_VERIFYING_EMAIL: 'acme',
  PROVIDER_REDIRECT_URIS: 'https://app.example.com/in,com.example.app:/in',
  WEBAUTHN_RP_ID: 'example.com',
  WEBAUTHN_ORIGINS: 'https://app.example.com,https://example.com',
  JWT_SECRET: `${secret}1`,
  JWT_SECRET_PREVIOUS: `${secret}2`,
  DATA_KEY: `${secret}3`,
  DATA_KEY_PREVIOUS: `${secret}4`,
};

/** The settings of the sample's providers, and the options that mean the same. */
const ownSettings = {
  PROVIDER_ACME_ISSUER: 'https://id.acme.example',
  PROVIDER_ACME_CLIENT_ID: 'of acme',
  PROVIDER_ACME_CLIENT_SECRET: `${secret}5`,
  PROVIDER_ACME_SCOPES: 'openid email groups',
  PROVIDER_GOOGLE_CLIENT_ID: 'of google',
  PROVIDER_GOOGLE_CLIENT_SECRET: `${secret}6`,
};
const ownOptions = {
  acme: {
    issuer: 'https://id.acme.example',
    clientId: 'of acme',
    clientSecret: `${secret}5`,
    scopes: 'openid email groups',
  },
  google: { clientId: 'of google', clientSecret: `${secret}6` },
};

/** Gives a text that the setting accepts and that means another value than its default. */
function sampleOf(name: SettingName, path: string): string | undefined {
  const usual = valueAt(readConfig({}), path);
  const isTaken = (text: string) => {
    try {
      return valueAt(readConfig({ [name]: text }), path) !== usual;
    } catch {
      return false;
    }
  };
  return samples[name] ?? ['11', '111', 'true', 'false', 'text'].find(isTaken);
}

const valueAt = (group: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], group);

it('HUFU-31 an option MUST mean the same as its setting', () => {
  const pairs = Object.entries(optionOfSetting).flatMap(([name, path]) =>
    path === null ? [] : [[name as SettingName, path as string] as const],
  );
  const environment = Object.fromEntries(pairs.map(([name, path]) => [name, sampleOf(name, path)]));
  Object.assign(environment, ownSettings, { RATE_LIMITS: 'on' });
  const config = readConfig(environment);
  const defaults = readConfig({});
  const options: Record<string, unknown> = {};
  const groups: readonly string[] = ['RATE_LIMITS', 'PROVIDERS'];
  const ofOne = pairs.filter(([name]) => !groups.includes(name));
  for (const [, path] of ofOne) put(options, path, valueAt(config, path));
  for (const [id, own] of Object.entries(ownOptions)) put(options, `providers.${id}`, own);

  const read = readOptions(options);
  for (const [name, path] of ofOne) {
    const value = valueAt(config, path);
    expect(value, name).not.toBeUndefined();
    expect(value, name).not.toEqual(valueAt(defaults, path) ?? 'nothing');
    expect(valueAt(read, path), path).toEqual(value);
  }
  expect(read.providers).toEqual(config.providers);

  // The package reads the environment as a node does.
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const ofProcess = readOptions(fromEnvironment());
  vi.unstubAllEnvs();
  for (const [, path] of pairs) expect(valueAt(ofProcess, path), path).toEqual(valueAt(config, path));

  expect(readOptions({ rateLimits: null }).rateLimits).toBeNull();
  expect(readOptions({ database: '.folder' }).database.dataDir).toBe('.folder');
});

it('HUFU-35 an object that is no client of postgres.js, and each of its options that Hufu cannot use, MUST be refused by name', () => {
  const refused = (database: unknown) => refusal({ tokens: { secret }, database }).message.split('\n');
  const clientOf = (own: object) => postgres({ host: 'db.example', user: 'ann', pass: prefix, ...own });
  const others = [
    postgres,
    Promise.resolve(clientOf({})),
    new Pool(),
    { client: { query: () => prefix } },
    5,
  ];
  for (const other of others)
    expect(refused(other)).toEqual([
      'database.client: it must be a client of postgres.js, such as postgres(url) gives.',
    ]);
  expect(refused({ client: clientOf({}), url: 'postgres://ann@db/x' })).toEqual([
    'database.url: it must be left out beside database.client.',
  ]);
  const odd = {
    port: [0],
    user: 7,
    pass: 7,
    ssl: 7,
    connection: { role: [prefix] },
    target_session_attrs: 'read-only',
    socket: () => prefix,
  };
  const lines = refused({ client: clientOf(odd), poolSize: 0 });
  expect(lines.map((line) => line.split(':', 1)[0])).toEqual([
    ...['port', 'user', 'database', 'pass', 'ssl', 'connection', 'target_session_attrs', 'socket'].map(
      (name) => `database.client.options.${name}`,
    ),
    'database.poolSize',
  ]);
  expect(lines.join()).not.toContain(prefix);
  // A client needs the secret that a URL of a server needs.
  expect(refusal({ database: clientOf({}) }).message).toMatch(/^tokens\.secret: it is required with /);
});

it('HUFU-62 a URL with another scheme MUST be refused, not used as a folder', () => {
  for (const scheme of ['mysql', 'postgress', 'file']) {
    const { message } = refusal({ tokens: { secret }, database: `${scheme}://ann:${prefix}@db/shop` });
    expect(message).toMatch(/^database\.url: it must be a URL such as postgres:/);
    expect(message).not.toContain(prefix);
  }
  expect(readOptions({ database: 'C:\\data' }).database).toMatchObject({ url: null, dataDir: 'C:\\data' });
});

it('HUFU-63 a client of an older release of postgres.js MUST be accepted', () => {
  const client = postgres({ host: 'db.example', user: 'ann', ssl: true });
  Reflect.deleteProperty(client.options, 'sslnegotiation');
  expect(readOptions({ tokens: { secret }, database: client }).database.client?.tls).toEqual({
    mode: 'verify-full',
    direct: false,
  });
});

it('HUFU-36 a client MUST lead to the servers it names, with at least the TLS it asks for', () => {
  const read = (own: object) => {
    const client = postgres({ host: 'db.example', user: 'ann', ...own });
    return readOptions({ tokens: { secret }, database: { client, poolSize: 3 } }).database;
  };
  expect(read({ host: 'a,b:7', port: 6, database: 'shop', pass: 'x' })).toMatchObject({
    poolSize: 3,
    client: {
      servers: [
        { host: 'a', port: 6 },
        { host: 'b', port: 7 },
      ],
      ...{ user: 'ann', password: 'x', database: 'shop', applicationName: 'hufu', settings: {} },
      description: 'PostgreSQL at a:6,b:7/shop',
    },
  });
  expect(read({ host: '/run' }).client?.servers).toEqual([{ path: '/run/.s.PGSQL.5432' }]);
  const modes = [
    false,
    'prefer',
    'allow',
    'require',
    true,
    'verify-full',
    'no-verify',
    { ca: 'PEM' },
  ] as const;
  expect(modes.map((ssl) => read({ ssl }).client?.tls)).toEqual([
    { mode: 'disable', direct: false },
    { mode: 'prefer', direct: false },
    { mode: 'require', direct: false },
    { mode: 'require', direct: false },
    { mode: 'verify-full', direct: false },
    { mode: 'verify-full', direct: false },
    { mode: 'verify-full', direct: false },
    { mode: 'verify-full', direct: false, own: { ca: 'PEM' } },
  ]);
  expect(read({ ssl: 'prefer', sslnegotiation: 'direct' }).client?.tls).toEqual({
    mode: 'require',
    direct: true,
  });
  expect(
    [read({}), read({ ssl: true }), read({ host: '127.0.0.1' })].map(
      ({ client }) => client?.warning !== null,
    ),
  ).toEqual([true, false, false]);
});

it('HUFU-32 a team that gives sendMail MUST need no SMTP server', () => {
  const verified = {
    environment: 'production',
    tokens: { secret: randomBytes(48).toString('base64') },
    auth: { requireVerifiedEmail: true },
  } as const;
  expect(refusal(verified).setting).toBe('mail.smtpUrl');
  expect(readOptions({ ...verified, sendMail: () => Promise.resolve() }).auth.requireVerifiedEmail).toBe(
    true,
  );
});

describe('HUFU-33 providers', () => {
  const google = ownOptions.google;

  it('MUST be refused in one error that names each by its path and repeats no value', () => {
    const { message } = refusal({
      providers: {
        redirectUri: ['https://app.example.com/in'],
        Acme: {},
        verifyingEmail: ['other'],
        google: { clientId: 'of google', clientSecret: `${prefix}\u{e9}`, teamId: prefix },
        acme: { issuer: `http://${prefix}.example`, clientId: 'x', clientSecret: prefix, scopes: prefix },
        apple: { clientId: 'x', privateKey: prefix, teamId: prefix, keyId: 'KEY1234567' },
        github: prefix,
        microsoft: null,
      },
    });
    expect(message.split('\n').map((line) => line.split(':', 1)[0])).toEqual([
      'providers.redirectUri',
      'providers.Acme',
      'providers.google.teamId',
      'providers.github',
      'providers.redirectUris',
      'providers.verifyingEmail',
      'app.publicUrl',
      'providers.google.clientSecret',
      'providers.acme.issuer',
      'providers.acme.scopes',
      'providers.apple.teamId',
      'providers.apple.privateKey',
      'providers.github.clientId',
      'providers.github.clientSecret',
    ]);
    expect(message).not.toContain(prefix);
  });

  it('MUST verify no e-mail when verifyingEmail is an empty list', () => {
    const redirectUris = ['https://app.example.com/in'];
    const verifies = (more: object) =>
      readOptions({ providers: { redirectUris, google, ...more } }).providers.list[0]?.verifiesEmail;
    expect([verifies({}), verifies({ verifyingEmail: null })]).toEqual([true, true]);
    expect(verifies({ verifyingEmail: [] })).toBe(false);
  });
});

function put(group: Record<string, unknown>, path: string, value: unknown): void {
  const [key = '', ...rest] = path.split('.');
  if (rest.length === 0) group[key] = value;
  else put((group[key] ??= {}) as Record<string, unknown>, rest.join('.'), value);
}
