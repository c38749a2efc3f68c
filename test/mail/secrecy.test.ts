// The background work for a mail that any client can request: it runs at a random moment, with the same statements for every
// e-mail, so that its timing does not reveal an account.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { startChallenge } from '../../src/auth/challenges.js';
import { composeMail } from '../../src/auth/emails/compose.js';
import { type EmailChallenge, type EmailRequest, enqueueRequest } from '../../src/auth/emails/outbox.js';
import { type AccountServices } from '../../src/auth/services.js';
import { systemClock } from '../../src/common/clock.js';
import { type Database, type Tx } from '../../src/db/database.js';
import { users } from '../../src/db/schema/index.js';
import { createOutboxWorker } from '../../src/mail/outboxWorker.js';
import { createTemplates } from '../../src/mail/templates.js';
import { createLog } from '../../src/observability/log.js';
import { noRateLimits } from '../../src/rateLimit/rateLimits.js';
import { createKeyring } from '../../src/tokens/keyring.js';
import { createMailedCodes } from '../../src/tokens/mailedCode.js';
import { createLinkTokens } from '../../src/tokens/linkToken.js';
import { openDatabase, servicesOver } from '../sessions/harness.js';
import { randomEmail } from '../support/operations.js';
import { testSecret } from '../support/settings.js';

const database = await openDatabase();

/** Makes services that record the kinds of statements in their transactions. */
function watchedServices() {
  const statements: string[] = [];
  const watched = (tx: Tx) =>
    new Proxy(tx, {
      get(target, name, receiver) {
        if (/^(?:select|insert|update|delete|execute)/.test(String(name))) statements.push(String(name));
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
  const transact: Database['transact'] = (work) => database.transact((tx) => work(watched(tx)));
  const services = {
    ...servicesOver(database),
    database: { ...database, transact },
    rateLimits: noRateLimits,
    templates: createTemplates('Hufu'),
    linkTokens: createLinkTokens({ keyring: createKeyring(testSecret, null), issuer: 'hufu' }),
    mailedCodes: createMailedCodes(createKeyring(testSecret, null)),
    linkTtlSeconds: { verifyEmail: 60, resetPassword: 60, confirmEmailChange: 60, completeRegistration: 60 },
  } as unknown as AccountServices;
  return { services, statements };
}

async function emailOf(account: 'free' | 'unverified' | 'verified'): Promise<string> {
  const email = randomEmail();
  const emailVerifiedAt = account === 'verified' ? new Date(0) : null;
  const row = { id: randomUUID(), email, emailKey: email, passwordHash: 'none', createdAt: new Date(0) };
  if (account !== 'free') await database.read((db) => db.insert(users).values({ ...row, emailVerifiedAt }));
  return email;
}

/** Makes the mail for an e-mail; returns whether it is sent, and the statements that it took. */
async function compose(template: EmailRequest['template'], login: EmailRequest['login'], emailKey: string) {
  const { services, statements } = watchedServices();
  const payload = { kind: 'request', emailKey, login } as const;
  const now = systemClock.now();
  const id = await database.transact((tx) =>
    Promise.resolve(enqueueRequest(tx, { template, ...payload }, now)),
  );
  const mail = { id, template, payload, createdAt: now, attempts: 0 };
  const message = await composeMail(services, 'https://hufu.test', mail);
  return { isSent: message !== null, statements };
}

/** Makes the mail of a challenge as {@link compose} does. */
async function composeChallenge(
  template: EmailChallenge['template'],
  purpose: 'registration' | 'emailCode',
  emailKey: string,
) {
  const { services, statements } = watchedServices();
  const now = systemClock.now();
  const { id, payload } = await database.transact((tx) => {
    const begun = startChallenge(tx, { purpose, userId: null, emailKey, payload: {} }, now);
    const job = { kind: 'challenge', emailKey, to: emailKey, challengeId: begun.id, knownKey: null } as const;
    return Promise.resolve({ id: enqueueRequest(tx, { template, ...job }, now), payload: job });
  });
  const mail = { id, template, payload, createdAt: now, attempts: 0 };
  const message = await composeMail(services, 'https://hufu.test', mail);
  return { isSent: message !== null, statements };
}

describe('MAIL-07 the work for a mail', () => {
  it.each([
    ['resetPassword', null, { free: false, unverified: true, verified: true }],
    ['verifyEmail', null, { free: false, unverified: true, verified: false }],
    ['verifyEmail', 'right', { free: false, unverified: true, verified: false }],
    ['verifyEmail', 'wrong', { free: false, unverified: false, verified: false }],
  ] as const)(
    'MUST send the same statements for a free, an unverified and a verified e-mail: %s, login %s',
    async (template, login, sent) => {
      const accounts = ['free', 'unverified', 'verified'] as const;
      const made = [];
      for (const account of accounts) made.push(await compose(template, login, await emailOf(account)));
      expect(made.map(({ isSent }) => isSent)).toEqual(accounts.map((account) => sent[account]));
      for (const { statements } of made) expect(statements).toEqual(made[0]?.statements);
      expect(made[0]?.statements.length).toBeGreaterThan(5);
    },
  );

  it.each([
    ['completeRegistration', 'registration', { free: true, unverified: true, verified: true }],
    ['loginCode', 'emailCode', { free: false, unverified: true, verified: true }],
  ] as const)(
    'MUST send the same statements for a challenge of a free, an unverified and a verified e-mail: %s',
    async (template, purpose, sent) => {
      const accounts = ['free', 'unverified', 'verified'] as const;
      const made = [];
      for (const account of accounts)
        made.push(await composeChallenge(template, purpose, await emailOf(account)));
      expect(made.map(({ isSent }) => isSent)).toEqual(accounts.map((account) => sent[account]));
      for (const { statements } of made) expect(statements).toEqual(made[0]?.statements);
      expect(made[0]?.statements.length).toBeGreaterThan(3);
    },
  );

  it('MUST run at a random moment', async () => {
    const delays = await Promise.all(
      Array.from({ length: 16 }, async () => {
        let looked: () => void = () => undefined;
        const outbox = {
          claim: () => {
            looked();
            return Promise.resolve([]);
          },
          moveDue: () => Promise.resolve(),
          postpone: () => Promise.resolve(),
          remove: () => Promise.resolve(),
        };
        const transport = { send: () => Promise.resolve(), close: () => undefined };
        const log = createLog('silent', false);
        const worker = createOutboxWorker({ outbox, transport, clock: systemClock, log });
        worker.start(() => Promise.resolve(null));
        const claimed = new Promise<void>((resolve) => {
          looked = resolve;
        });
        const start = performance.now();
        worker.wake();
        await claimed;
        const delay = performance.now() - start;
        await worker.stop();
        return delay;
      }),
    );
    // The chance that 16 random moments of a second all lie within a fifth of it is one in 10^9.
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(200);
  });
});
