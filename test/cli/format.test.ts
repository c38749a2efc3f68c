// The output of the operator's command: for people, as JSON for scripts, and without control characters of a client.

import { describe, expect, it } from 'vitest';

import { type AccountReport } from '../../src/auth/admin.js';
import { parseArguments, UsageError } from '../../src/cli/command.js';
import { asJson, asText, factorsText } from '../../src/cli/format.js';
import { readServiceRequest } from '../../src/cli/service.js';
import { type Session } from '../../src/sessions/types.js';

const session: Session = {
  id: '6f1d5a52-8a6c-4a53-9a52-0d8b6b1c2e10',
  userId: '0b6a8a3c-5d0e-4f0b-8f5e-2f1f0a7b9c11',
  slot: 'only',
  device: { kind: 'MOBILE', name: 'Pixel 9' },
  userAgent: 'Example/1.0',
  ipAddress: '192.0.2.7',
  methods: ['PASSWORD'],
  provedAt: new Date('2026-01-31T09:30:00.000Z'),
  signedInAt: new Date('2026-01-31T09:30:00.000Z'),
  lastSeenAt: new Date('2026-01-31T09:31:00.000Z'),
  expiresAt: new Date('2026-03-02T09:30:00.000Z'),
  endedAt: null,
  endReason: null,
  supersededBy: null,
};

const report: AccountReport = {
  user: {
    id: session.userId,
    email: 'ann@example.com',
    emailVerifiedAt: null,
    createdAt: new Date('2026-01-01T00:00:00.000Z'),
    lastLoginAt: session.signedInAt,
    methods: ['PASSWORD'],
  },
  disabledAt: null,
  live: [session],
  ended: [],
  identities: [],
  factors: [],
  recoveryCodesLeft: 0,
  passkeys: [],
  earlierOwners: [],
};

const identity = {
  id: 'a1d2c3b4-8a6c-4a53-9a52-0d8b6b1c2e10',
  userId: session.userId,
  provider: 'acme',
  issuer: 'https://acme.example',
  subject: '42',
  email: 'ann@acme.example',
  createdAt: session.signedInAt,
  lastUsedAt: null,
};

/** Control characters that move the cursor, end lines, change the direction, or hide text. */
const hostile = ['\u001b[2J', '\u009b2J', '\r\n', '\u2028', '\u202e', '\u200b', '\u{e0041}', '\u0007'].join(
  'x',
);

describe('ADMIN-06 the factors of an account', () => {
  it('MUST list passkeys and second factors, without control characters in names', () => {
    const { createdAt } = report.user;
    const passkey = { id: identity.id, name: `Pixel${hostile}`, synced: true, createdAt, lastUsedAt: null };
    const shown = factorsText({ ...report, passkeys: [passkey] });
    expect(shown).toMatch(/^ {2}PASSKEY {7}"Pixel.*", synced, since 2026-01-01T00:00:00\.000Z, not used$/mu);
    expect(shown.split('\n')).toHaveLength(3);
  });
});

describe('ADMIN-01 the output', () => {
  it('MUST be readable lines by default', () => {
    const ended = { ...session, endedAt: session.lastSeenAt, endReason: 'ACCOUNT_DISABLED' as const };
    expect(asText(report)).toBe(
      [
        'ann@example.com',
        '  id            0b6a8a3c-5d0e-4f0b-8f5e-2f1f0a7b9c11',
        '  state         active',
        '  email         not verified',
        '  created       2026-01-01T00:00:00.000Z',
        '  last sign-in  2026-01-31T09:30:00.000Z',
        '  live sessions 1',
        '    6f1d5a52-8a6c-4a53-9a52-0d8b6b1c2e10  MOBILE "Pixel 9", signed in 2026-01-31T09:30:00.000Z from 192.0.2.7',
      ].join('\n'),
    );
    const disabled = asText({ ...report, disabledAt: session.lastSeenAt, live: [], ended: [ended] });
    expect(disabled).toContain('  state         disabled since 2026-01-31T09:31:00.000Z\n');
    expect(disabled).toContain('  live sessions 0\n  just ended    1\n');
    expect(disabled).toMatch(/ {2}MOBILE "Pixel 9", ACCOUNT_DISABLED$/);
  });

  it('MUST list the identities at providers', () => {
    const text = asText({ ...report, identities: [identity] });
    expect(text).toContain(
      `\n  identities    1\n    ${identity.id}  acme "ann@acme.example", linked 2026-01-31T`,
    );
    const json = JSON.parse(asJson({ ...report, identities: [identity] })) as { identities: unknown[] };
    const { userId, ...shown } = identity;
    expect(json.identities).toEqual([{ ...shown, createdAt: identity.createdAt.toISOString() }]);
    expect(userId).toBe(report.user.id);
  });

  it('MUST be one line of JSON with --json', () => {
    const json = asJson({ ...report, ended: [session] });
    expect(json).not.toContain('\n');
    const shown = {
      id: session.id,
      device: { kind: 'MOBILE', name: 'Pixel 9' },
      ipAddress: '192.0.2.7',
      userAgent: 'Example/1.0',
      signedInAt: '2026-01-31T09:30:00.000Z',
      lastSeenAt: '2026-01-31T09:31:00.000Z',
      expiresAt: '2026-03-02T09:30:00.000Z',
      endedAt: null,
      endReason: null,
    };
    expect(JSON.parse(json)).toEqual({
      account: {
        id: session.userId,
        email: 'ann@example.com',
        emailVerifiedAt: null,
        createdAt: '2026-01-01T00:00:00.000Z',
        lastLoginAt: '2026-01-31T09:30:00.000Z',
        disabledAt: null,
      },
      liveSessions: [shown],
      endedSessions: [shown],
      identities: [],
      factors: [],
      recoveryCodesLeft: 0,
      passkeys: [],
      earlierOwners: [],
    });
  });

  it('MUST NOT contain control characters that a client sent', () => {
    const sent = { ...session, device: { ...session.device, name: hostile }, userAgent: hostile };
    const identities = [{ ...identity, email: hostile }];
    const text = asText({ ...report, live: [sent], ended: [sent], identities });
    expect(text.split('\n')).toHaveLength(12);
    const json = asJson({ ...report, live: [sent], identities });
    for (const output of [text.replaceAll('\n', ''), json])
      expect(output).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    const { liveSessions } = JSON.parse(json) as { liveSessions: (typeof sent)[] };
    expect(liveSessions[0]).toMatchObject({ userAgent: hostile, device: { name: hostile } });
  });

  it('MUST NOT let a device name imitate the text behind it', () => {
    const name = 'Phone", signed in 2026-01-01T00:00:00.000Z from 192.0.2.1';
    const sent = { ...session, device: { ...session.device, name } };
    const identities = [{ ...identity, email: 'a"@example.com' }];
    const passkey = { id: identity.id, name, synced: true, createdAt: session.signedInAt, lastUsedAt: null };
    const shown = [
      asText({ ...report, live: [sent], ended: [sent], identities }),
      factorsText({ ...report, passkeys: [passkey] }),
    ];
    for (const line of shown.join('\n').split('\n')) {
      const [, text] = /(?:MOBILE|PASSKEY|acme) +("(?:[^"\\]|\\.)*")/.exec(line) ?? [];
      if (text !== undefined) expect([name, 'a"@example.com']).toContain(JSON.parse(text));
    }
    expect(shown.join('\n').match(/\\"/g)).toHaveLength(4);
  });
});

describe('the arguments of the command service', () => {
  const read = (...args: readonly string[]) => {
    const parsed = parseArguments(['service', ...args], ['json', 'now'], ['scopes']);
    return parsed.kind === 'parsed' ? readServiceRequest(parsed) : new UsageError('not parsed');
  };

  it('MUST be read when they are complete', () => {
    expect(read('create', 'gateway', '--scopes', 'introspect,feed')).toMatchObject({
      verb: 'create',
      name: 'gateway',
      scopes: ['introspect', 'feed'],
    });
    expect(read('--now', 'rotate', 'gateway', '--json')).toMatchObject({ atOnce: true, json: true });
    expect(read('list')).toMatchObject({ verb: 'list', name: '' });
  });

  it.each([
    [],
    ['create', 'gateway'],
    ['create', 'gateway', '--scopes'],
    ['create', 'gateway', '--scopes', '--json'],
    ['create', 'gateway', '--scopes', 'everything'],
    ['disable', 'gateway', '--scopes', 'feed'],
    ['disable', 'gateway', '--now'],
    ['disable', 'gateway', 'other'],
    ['disable'],
    ['list', 'gateway'],
  ])('MUST cause a usage error otherwise: %o', (...args: readonly string[]) => {
    expect(read(...args)).toBeInstanceOf(UsageError);
  });
});
