import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readEnvFile } from '../src/config/envFile.js';
import { OperatorError } from '../src/common/errors.js';
import { readConfig } from '../src/config/index.js';

const secret = 'a secret of at least thirty-two bytes';

function refusal(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof OperatorError) return error.message;
    throw error;
  }
  throw new Error('the settings were accepted');
}

describe('settings', () => {
  it('have the documented defaults when none is set', () => {
    expect(readConfig({})).toMatchObject({
      environment: 'development',
      http: { port: 4000, host: '127.0.0.1', corsOrigins: [] },
      metrics: null,
      database: { url: null, dataDir: '.data' },
      session: { ttlSeconds: 2_592_000 },
      retention: { securityEventsDays: 365 },
      passwords: { minLength: 8 },
      graphql: { introspection: true },
    });
    expect(readConfig({ NODE_ENV: 'production', JWT_SECRET: secret }).graphql.introspection).toBe(false);
  });

  it('that are empty count as not set', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '' })).toEqual(readConfig({}));
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', 'four thousand'],
    ['JWT_SECRET', 'hunter2'],
    ['SESSION_TTL_SECONDS', '-5'],
    ['SECURITY_EVENTS_DAYS', '36501'],
    ['PASSWORD_MIN_LENGTH', '7'],
    ['CORS_ORIGINS', 'https://app.example.com/path'],
    ['GRAPHQL_INTROSPECTION', 'perhaps'],
    ['NODE_ENV', 'staging'],
  ])('with a value that is not allowed are refused by name, without the value: %s', (name, value) => {
    const message = refusal({ [name]: value });
    expect(message).toMatch(new RegExp(`^${name}: it must be `));
    expect(message).not.toContain(value);
  });

  it('are refused together, one line for each wrong one', () => {
    expect(refusal({ PORT: 'x', HOST: 'y'.repeat(300) }).split('\n')).toHaveLength(2);
  });

  it.each([
    ['one character', 'a'.repeat(64)],
    ['white space', ' '.repeat(40)],
    ['a repeated word', 'Horse-Horse-Horse-Horse-Horse-Horse-Ho'],
    ['repeated words', 'winter is coming, winter is coming, '],
    ['an example', 'your-256-bit-secret-goes-in-this-place'],
    ['an example of few words', 'k7-my-own-jwt-8w2qzr4tbn6vx9cjs3pd'],
    ['a word of examples in front', 'dummy1f8k2m9qx7wz4tb6vn3cjs5pdrhg0'],
    ['another example', 'please-CHANGE_ME-in-production-0123456789'],
    ['the command that makes one', 'openssl rand -base64 48 | tr -d x'],
    ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789'],
    ['a keyboard', 'qwertyuiopasdfghjklzxcvbnm1234567890'],
    ['few characters', '0110100110010110100101100110100110101'],
    ['random words between spaces', `x${' '.repeat(40)}zvkqw8`],
    ['one character but for a few', 'xxxxxxxxxxbxxxdxxfxxxhxxjxxmxxpxxsxxu'],
    ['digits', '8291736455192837461928376549182736455918'],
    ['too short without its spaces', 'kR9 vQ2 xT7 mB4 zL8 wN3 pH6 sD1 '],
  ])('refuse in production a secret that is easy to guess: %s', (_what, weak) => {
    for (const name of ['JWT_SECRET', 'JWT_SECRET_PREVIOUS', 'DATA_KEY', 'DATA_KEY_PREVIOUS']) {
      const message = refusal({ NODE_ENV: 'production', JWT_SECRET: secret, [name]: weak });
      expect(message).toMatch(new RegExp(`^${name}: it is too easy to guess`));
      expect(message).not.toContain(weak);
      expect(() => readConfig({ JWT_SECRET: secret, [name]: weak })).not.toThrow();
    }
  });

  it.each([
    ['nine different digits', '4e02a9e7b40e2a97be4197a2b0e4a29e'],
    ['eight different digits', '4e02a9e7b40e2a97be4097a2b0e4a20e'],
    ['short words of examples', 'Qh7dmYx2pKeY9vTzR4wLk8DuMmy3nB6c'],
    ['another short word', 'sG5tSaMpLeW1uX0aVb2Jc9Fd7Hq4Mn8E'],
  ])('accept in production a random secret with %s', (_what, JWT_SECRET) => {
    expect(readConfig({ NODE_ENV: 'production', JWT_SECRET }).tokens.secret).toBe(JWT_SECRET);
  });

  it('accept in production 200 random secrets of each encoding, but not one secret in two places', () => {
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      for (let time = 0; time < 200; time += 1) {
        // Every run tests the same secrets: one random secret in some millions may be refused.
        const bytes = createHash('sha256')
          .update(`${encoding} ${String(time)}`)
          .digest();
        const JWT_SECRET = bytes.subarray(0, encoding === 'hex' ? 16 : 24).toString(encoding);
        expect(readConfig({ NODE_ENV: 'production', JWT_SECRET }).tokens.secret).toBe(JWT_SECRET);
      }
    }
    const same = { NODE_ENV: 'production', JWT_SECRET: secret, JWT_SECRET_PREVIOUS: secret };
    expect(refusal(same)).toContain('JWT_SECRET_PREVIOUS: it must be another secret');
  });

  it('require JWT_SECRET in production and with DATABASE_URL', () => {
    expect(refusal({ NODE_ENV: 'production' })).toContain('JWT_SECRET: it is required in production');
    expect(refusal({ DATABASE_URL: 'postgres://h/d' })).toContain(
      'JWT_SECRET: it is required with DATABASE_URL',
    );
  });

  it('are all listed in .env.example', () => {
    const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
    const folder = new URL('../src/config/', import.meta.url);
    const source = readdirSync(folder)
      .map((file) => readFileSync(new URL(file, folder), 'utf8'))
      .join('\n');
    const names = [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !new RegExp(`^#?${name}=`, 'm').test(example))).toEqual([]);
  });
});

describe('CORS_ORIGINS', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com'],
    ['https://app.example.com/', 'https://app.example.com'],
    ['HTTPS://App.Example.com:443', 'https://app.example.com'],
    ['http://localhost:5173', 'http://localhost:5173'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['tauri://localhost', 'tauri://localhost'],
    ['ionic://localhost:8100', 'ionic://localhost:8100'],
    [
      'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
      'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    ],
    [
      'moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc',
      'moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc',
    ],
  ])('accepts %s and stores it as browsers send it', (value, origin) => {
    expect(readConfig({ CORS_ORIGINS: `https://a.example, ${value},` }).http.corsOrigins).toEqual([
      'https://a.example',
      origin,
    ]);
  });

  it.each([
    '*',
    'null',
    'https://*',
    'https://*.example.com',
    'https://%2a.example.com',
    'https://app.*.com',
    'https://app.example.com:*',
    '/\\.example\\.com$/',
    'https://app.example.com|https://b.example.com',
    'app.example.com',
    'localhost:3000',
    'https://app.example.com/path',
    'https://app.example.com?x',
    'https://user@app.example.com',
    'https://a.example https://b.example',
    'capacitor://*',
    'capacitor://localhost/',
    'capacitor://localhost/path',
    'capacitor://',
    'file://',
    'file://localhost',
    'wss://app.example.com',
  ])('refuses %s, which no browser sends, and explains the form', (value) => {
    const message = refusal({ CORS_ORIGINS: value });
    expect(message).toMatch(/^CORS_ORIGINS: it must be .*Patterns such as \* are not supported/);
    expect(message.split('\n')).toHaveLength(1);
  });
});

describe('WEBAUTHN_RP_ID and WEBAUTHN_ORIGINS', () => {
  const app = `android:apk-key-hash:${'Aa0-_'.repeat(8)}abc`;
  const passkeys = (origins: string, rpId = 'example.com') =>
    readConfig({ NODE_ENV: 'test', WEBAUTHN_RP_ID: rpId, WEBAUTHN_ORIGINS: origins }).passkeys;

  it('are off when not set, except that development has passkeys on localhost', () => {
    expect(readConfig({ NODE_ENV: 'test' }).passkeys).toBeNull();
    expect(readConfig({}).passkeys).toEqual({ rpId: 'localhost', origins: [], anyLocalPort: true });
  });

  it('accept several pages and apps, and store their exact origins', () => {
    expect(
      passkeys(`https://App.example.com/, https://example.org:8443,${app},http://localhost:5173`),
    ).toEqual({
      rpId: 'example.com',
      origins: ['https://app.example.com', 'https://example.org:8443', app, 'http://localhost:5173'],
      anyLocalPort: false,
    });
  });

  it.each([
    'http://app.example.com',
    'https://*.example.com',
    'https://app.example.com/login',
    'null',
    'android:apk-key-hash:tooShort',
    `${app}=`,
    ',',
  ])('refuse an origin on which no browser has passkeys: %s', (origins) => {
    const message = refusal({ WEBAUTHN_RP_ID: 'example.com', WEBAUTHN_ORIGINS: origins });
    expect(message).toMatch(/^WEBAUTHN_ORIGINS: it must be origins such as /);
  });

  it.each(['https://example.com', 'example.com:443', 'Example.com', '127.0.0.1', '-example.com', 'a..b'])(
    'refuse an RP id that is not a domain: %s',
    (rpId) => {
      const message = refusal({ WEBAUTHN_RP_ID: rpId, WEBAUTHN_ORIGINS: 'https://app.example.com' });
      expect(message).toMatch(/^WEBAUTHN_RP_ID: it must be a domain/);
    },
  );

  it('require each other', () => {
    expect(refusal({ WEBAUTHN_RP_ID: 'example.com' })).toMatch(
      /^WEBAUTHN_ORIGINS: it is required with WEBAUTHN_RP_ID/,
    );
    expect(refusal({ WEBAUTHN_ORIGINS: 'https://example.com' })).toMatch(/^WEBAUTHN_RP_ID: it is required/);
  });
});

describe('TRUST_PROXY', () => {
  it.each([
    ['0', 0],
    ['16', 16],
    ['10.0.0.0/8', ['10.0.0.0/8']],
    ['10.0.0.0/8, fd00::/8 ,192.0.2.1', ['10.0.0.0/8', 'fd00::/8', '192.0.2.1']],
    ['::1', ['::1']],
  ])('accepts %s', (value, trusted) => {
    expect(readConfig({ TRUST_PROXY: value }).http.trustProxy).toEqual(trusted);
  });

  it.each([
    '17',
    '-1',
    'true',
    'loopback',
    '10.0.0.0/33',
    '10.0.0/8',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/8/8',
    'fd00::/129',
    '1,10.0.0.0/8',
    ',',
  ])('refuses %s', (value) => {
    expect(refusal({ TRUST_PROXY: value })).toMatch(/^TRUST_PROXY: it must be .*10\.0\.0\.0\/8/);
  });
});

describe('the ports', () => {
  it('keep idle connections longer than common balancers do, and delay the shutdown in production only', () => {
    expect(readConfig({}).http).toMatchObject({ keepAliveSeconds: 3_660, shutdownDelaySeconds: 0 });
    const production = readConfig({ NODE_ENV: 'production', JWT_SECRET: secret });
    expect(production.http.shutdownDelaySeconds).toBe(5);
    expect(readConfig({ SHUTDOWN_DELAY_SECONDS: '7' }).http.shutdownDelaySeconds).toBe(7);
  });

  it('are refused when PORT and METRICS_PORT are the same', () => {
    expect(refusal({ METRICS_PORT: '4000' })).toMatch(/^METRICS_PORT: it is the same as PORT/);
    expect(refusal({ METRICS_PORT: '4000', HOST: '0.0.0.0' })).toMatch(
      /^METRICS_PORT: it is the same as PORT/,
    );
    expect(readConfig({ METRICS_PORT: '4000', HOST: '192.0.2.1' }).metrics?.host).toBe('127.0.0.1');
    expect(readConfig({ PORT: '0', METRICS_PORT: '0' }).metrics?.port).toBe(0);
  });
});

describe('unknown variables', () => {
  it.each([
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['JWT_SECERT', 'JWT_SECRET'],
    ['SESION_LIMITS', 'SESSION_LIMIT'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['PROT', 'PORT'],
    ['smtp_url', 'SMTP_URL'],
    ['TRUSTPROXY', 'TRUST_PROXY'],
  ])('cause a warning that names the similar setting: %s', (name, meant) => {
    expect(readConfig({ [name]: 'hunter2' }).warnings).toEqual([
      `${name} is no setting and is ignored. Is ${meant} meant?`,
    ]);
  });

  it.each(['HOME', 'PATH', 'HOSTNAME', 'USER', 'TERM', 'npm_lifecycle_event', 'PGHOST', 'TZ', 'PWD'])(
    'are ignored without a warning otherwise: %s',
    (name) => {
      expect(readConfig({ [name]: 'x' }).warnings).toEqual([]);
    },
  );
});

describe('the file .env', () => {
  const read = (content: string | Uint8Array) => {
    const folder = mkdtempSync(join(tmpdir(), 'hufu-env-'));
    try {
      writeFileSync(join(folder, '.env'), content);
      return readEnvFile(join(folder, '.env'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('may begin with a byte order mark', () => {
    const { values, warnings } = read('\uFEFFPORT=4001\r\nHOST=127.0.0.1\r\n');
    expect(values).toEqual({ PORT: '4001', HOST: '127.0.0.1' });
    expect(warnings).toEqual([]);
  });

  it('is refused in another charset, and the error does not quote it', () => {
    const utf16 = Buffer.from('\uFEFFPORT=4001', 'utf16le');
    for (const content of [utf16, Buffer.from('MAIL_FROM=B\xfccher', 'latin1')])
      expect(() => read(content)).toThrow(
        /^\.env: it must be a UTF-8 file .* It is not UTF-8\. Save it as UTF-8\.$/,
      );
  });

  it('causes a warning for each line that is no setting, and the warning does not quote the line', () => {
    const { values, warnings } = read(
      [
        '# a comment',
        'PORT=4001 # four',
        'export HOST=127.0.0.1',
        'JWT_SECRET: hunter2',
        '',
        'MAIL_FROM="Ann',
        'and more"',
        'hunter2',
        "JWT_ISSUER='a=b'",
        'LOG_LEVEL =warn',
      ].join('\n'),
    );
    expect(values).toMatchObject({ PORT: '4001', HOST: '127.0.0.1', JWT_ISSUER: 'a=b', LOG_LEVEL: 'warn' });
    expect(warnings).toEqual(
      [4, 8].map(
        (line) => `.env: line ${String(line)} is no setting and is ignored. A setting reads NAME=value.`,
      ),
    );
  });

  it('is optional', () => {
    expect(readEnvFile(join(tmpdir(), 'no-such-folder', '.env'))).toEqual({ values: {}, warnings: [] });
  });
});

describe('PROVIDERS', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const uri = 'https://app.example.com/signed-in';
  const acme = {
    PROVIDERS: 'acme',
    PROVIDER_REDIRECT_URIS: uri,
    PROVIDER_ACME_ISSUER: 'https://login.acme.example/realms/a',
    PROVIDER_ACME_CLIENT_ID: 'hufu',
    PROVIDER_ACME_CLIENT_SECRET: 'hush hush',
  };
  const apple = {
    PROVIDERS: 'apple',
    PROVIDER_REDIRECT_URIS: uri,
    PUBLIC_URL: 'https://accounts.example.com',
    PROVIDER_APPLE_CLIENT_ID: 'com.example.web',
    PROVIDER_APPLE_TEAM_ID: 'TEAM123456',
    PROVIDER_APPLE_KEY_ID: 'KEY1234567',
    PROVIDER_APPLE_PRIVATE_KEY: pem.replaceAll('\n', String.raw`\n`),
  };

  it('is empty by default', () => {
    expect(readConfig({}).providers).toEqual({ list: [], redirectUris: [], verifyingEmail: null });
  });

  it('accepts any OpenID issuer, and knows the settings of Google, GitHub and Apple', () => {
    expect(readConfig(acme).providers.list).toMatchObject([
      { id: 'acme', kind: 'oidc', scopes: 'openid email', verifiesEmail: false },
    ]);
    const google = { PROVIDER_GOOGLE_CLIENT_ID: 'g', PROVIDER_GOOGLE_CLIENT_SECRET: 's' };
    const github = { PROVIDER_GITHUB_CLIENT_ID: 'h', PROVIDER_GITHUB_CLIENT_SECRET: 's' };
    const read = readConfig({ ...acme, ...google, ...github, PROVIDERS: 'google, github, acme' });
    expect(read.providers.list).toMatchObject([
      { id: 'google', issuer: 'https://accounts.google.com', verifiesEmail: true },
      { id: 'github', kind: 'github', scopes: 'user:email', verifiesEmail: true },
      { id: 'acme' },
    ]);
    expect(read.warnings).toEqual([]);
    expect(readConfig(apple).providers.list).toMatchObject([
      { credentials: { kind: 'key', privateKey: pem } },
    ]);
  });

  it('trusts the e-mails of the providers that PROVIDERS_VERIFYING_EMAIL names, which may be none', () => {
    const verifies = (names: string) =>
      readConfig({ ...acme, PROVIDERS_VERIFYING_EMAIL: names }).providers.list[0]?.verifiesEmail;
    expect([verifies('acme'), verifies(',')]).toEqual([true, false]);
  });

  it.each([
    ['PROVIDERS', { PROVIDERS: 'acme,acme' }],
    ['PROVIDERS', { PROVIDERS: 'Acme' }],
    ['PROVIDERS', { PROVIDERS: 'ac_me' }],
    ['PROVIDERS_VERIFYING_EMAIL', { PROVIDERS_VERIFYING_EMAIL: 'another' }],
    ['PROVIDER_REDIRECT_URIS', { PROVIDER_REDIRECT_URIS: '' }],
    ['PROVIDER_REDIRECT_URIS', { PROVIDER_REDIRECT_URIS: 'http://app.example.com/in' }],
    ['PROVIDER_REDIRECT_URIS', { PROVIDER_REDIRECT_URIS: 'https://*.example.com/in' }],
    ['PROVIDER_REDIRECT_URIS', { PROVIDER_REDIRECT_URIS: 'https://app.example.com/in?next=x' }],
    ['PROVIDER_REDIRECT_URIS', { PROVIDER_REDIRECT_URIS: 'https://app.example.com' }],
    ['PROVIDER_REDIRECT_URIS', { PROVIDER_REDIRECT_URIS: 'javascript:alert(1)' }],
    ['PROVIDER_ACME_ISSUER', { PROVIDER_ACME_ISSUER: '' }],
    ['PROVIDER_ACME_ISSUER', { PROVIDER_ACME_ISSUER: 'http://login.acme.example' }],
    ['PROVIDER_ACME_ISSUER', { PROVIDER_ACME_ISSUER: 'https://user:pass@login.acme.example' }],
    ['PROVIDER_ACME_CLIENT_ID', { PROVIDER_ACME_CLIENT_ID: '' }],
    ['PROVIDER_ACME_CLIENT_SECRET', { PROVIDER_ACME_CLIENT_SECRET: '' }],
    ['PROVIDER_ACME_SCOPES', { PROVIDER_ACME_SCOPES: 'email' }],
    ['PUBLIC_URL', { ...apple, PUBLIC_URL: '' }],
    ['PROVIDER_APPLE_TEAM_ID', { ...apple, PROVIDER_APPLE_TEAM_ID: 'team' }],
    ['PROVIDER_APPLE_PRIVATE_KEY', { ...apple, PROVIDER_APPLE_PRIVATE_KEY: 'no key' }],
  ])('with a wrong value is refused by the name %s, without the value: %j', (name, change) => {
    const message = refusal({ ...acme, ...change });
    expect(message).toMatch(
      new RegExp(`^${name}: it (?:must be|is required)|^${name}: each of its names must`),
    );
    for (const value of ['hush', 'example.com', 'acme.example', 'no key']) {
      if (name !== 'PROVIDER_REDIRECT_URIS') expect(message).not.toContain(value);
    }
  });

  it('accepts an issuer without TLS on localhost only, and never in production', () => {
    const local = { ...acme, PROVIDER_ACME_ISSUER: 'http://127.0.0.1:9000' };
    expect(readConfig(local).providers.list[0]?.issuer).toBe('http://127.0.0.1:9000');
    expect(refusal({ ...local, NODE_ENV: 'production', JWT_SECRET: secret })).toMatch(
      /^PROVIDER_ACME_ISSUER: /,
    );
  });

  it('causes a warning for a mistyped setting of a provider', () => {
    expect(readConfig({ ...acme, PROVIDER_ACME_SCOPE: 'openid' }).warnings).toEqual([
      expect.stringContaining('PROVIDER_ACME_SCOPES'),
    ]);
  });
});
