// Acts that begin in a live session and take the user's lock when the session has expired.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { createFailureRecorder } from '../../src/audit/events.js';
import { createEraser } from '../../src/auth/deleteAccount.js';
import { addLink } from '../../src/auth/emailLinks.js';
import { inspectLink } from '../../src/auth/useLink.js';
import { reauthenticate } from '../../src/auth/reauthenticate.js';
import { type AccountServices } from '../../src/auth/services.js';
import { requestOwnVerification } from '../../src/auth/verifyEmail.js';
import { users } from '../../src/db/schema/index.js';
import { createTemplates } from '../../src/mail/templates.js';
import { createHasher } from '../../src/passwords/hasher.js';
import { noRateLimits } from '../../src/rateLimit/rateLimits.js';
import { endExpiredUnseen } from '../../src/sessions/expire.js';
import { purgeEndedSessions } from '../../src/sessions/purge.js';
import { logout, endOtherSessions, endSession } from '../../src/sessions/revoke.js';
import { createKeyring } from '../../src/tokens/keyring.js';
import { createMailedCodes } from '../../src/tokens/mailedCode.js';
import { createLinkTokens } from '../../src/tokens/linkToken.js';
import { mustOpen, newUser, openDatabase, rowsOf, servicesOver } from '../sessions/harness.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { password } from '../support/operations.js';
import { testSecret } from '../support/settings.js';

const database = await openDatabase();
const passwords = createHasher({ concurrency: 1, maxQueued: 8 });
const hash = await passwords.hash(password);
const nowhere = { ip: null, userAgent: null };
const minuteMs = 60_000;
const request = { kind: 'CHANGE_PASSWORD', password, clientInfo: nowhere } as const;

/** Creates services whose sessions live for a minute. */
function servicesUnder(clock: TestClock): AccountServices {
  const services = servicesOver(database, { limit: 0, ttlSeconds: 60 }, clock);
  return {
    ...services,
    endWatcher: { watch: () => () => undefined, sweep: () => undefined, stop: () => undefined },
    eraser: createEraser(services),
    on: { registered: () => Promise.resolve(), deleted: () => Promise.resolve() },
    failureRecorder: createFailureRecorder(database, services.background),
    passwords,
    rateLimits: noRateLimits,
    passwordRules: { minLength: 8 },
    isBreached: null,
    mail: { wake: () => undefined },
    templates: createTemplates('Hufu'),
    appName: 'Hufu',
    linkTokens: createLinkTokens({ keyring: createKeyring(testSecret, null), issuer: 'hufu' }),
    mailedCodes: createMailedCodes(createKeyring(testSecret, null)),
    linkTtlSeconds: { verifyEmail: 60, resetPassword: 60, confirmEmailChange: 60, completeRegistration: 60 },
    requireVerifiedEmail: false,
    emailCodeLogin: false,
    dataKeys: null,
    passkeys: null,
    tickets: null,
    providers: { list: [], find: () => undefined, mayReturnTo: () => false, redirectUriOf: () => undefined },
    loginNotices: false,
  };
}

async function scene() {
  const clock = createTestClock();
  const services = servicesUnder(clock);
  const userId = await newUser(database);
  await database.read((db) => db.update(users).set({ passwordHash: hash }));
  const session = await mustOpen(services, userId);
  return { clock, services, session, userId };
}

const expired = { kind: 'signedOut', outcome: { kind: 'rejected', reason: 'EXPIRED' } };

describe('LAPSE-01 a session that expires while its act waits for the lock', () => {
  it('MUST refuse the act although its password was verified', async () => {
    const { clock, services, session, userId } = await scene();
    let done = false;
    const outcome = await reauthenticate(services, session, request, () => {
      clock.turn(minuteMs);
      return () => {
        done = true;
        return Promise.resolve({ kind: 'done' as const });
      };
    });
    expect(done).toBe(false);
    expect(outcome).toMatchObject(expired);
    expect(await rowsOf(database, userId)).toMatchObject([{ endReason: 'EXPIRED' }]);
  });

  it('MUST allow the act until its last millisecond', async () => {
    const { clock, services, session } = await scene();
    const outcome = await reauthenticate(services, session, request, () => {
      clock.turn(minuteMs - 1);
      return () => Promise.resolve({ kind: 'done' as const });
    });
    expect(outcome).toEqual({ kind: 'done' });
  });

  it('MUST NOT request a mail or end another session', async () => {
    const { clock, services, session, userId } = await scene();
    clock.turn(1_000);
    const other = await mustOpen(services, userId);
    clock.turn(minuteMs - 1_000);
    const never = { emailVerifiedAt: null, createdAt: new Date(0), lastLoginAt: null };
    const user = { id: userId, email: '', ...never, methods: ['PASSWORD' as const] };
    expect(await requestOwnVerification(services, { user, session }, nowhere)).toMatchObject(expired);
    expect(await endSession(services, session, other.id, nowhere)).toMatchObject(expired);
    expect(await endOtherSessions(services, session, nowhere)).toMatchObject(expired);
    expect(await rowsOf(database, userId)).toMatchObject([{ endReason: 'EXPIRED' }, { endReason: null }]);
  });

  it('MUST end as EXPIRED, not as LOGGED_OUT', async () => {
    const { clock, services, session, userId } = await scene();
    clock.turn(minuteMs);
    expect(await logout(services, session, nowhere)).toBeNull();
    expect(await rowsOf(database, userId)).toMatchObject([
      { endReason: 'EXPIRED', endedAt: session.expiresAt },
    ]);
  });
});

describe('LAPSE-02 an e-mail change link whose session is purged', () => {
  it('MUST stay valid for its time, unless the user had ended that session', async () => {
    const { clock, services, session, userId } = await scene();
    const operation = 'confirmEmailChange';
    const linkOf = async (sessionId: string) => {
      const [jti, now] = [randomUUID(), clock.now()];
      const payload = { email: 'new@example.com', emailKey: 'new@example.com', sessionId };
      await database.transact((tx) => {
        addLink(tx, services, { jti, userId, operation, payload }, now);
        return Promise.resolve();
      });
      const expiresAt = new Date(now.getTime() + minuteMs);
      return services.linkTokens.sign({ operation, userId, linkId: jti, expiresAt }, now);
    };
    const thief = await mustOpen(services, userId);
    clock.turn(30_000);
    const [own, ofThief] = [await linkOf(session.id), await linkOf(thief.id)];
    expect(await endSession(services, session, thief.id, nowhere)).toMatchObject({ kind: 'ended' });
    clock.turn(30_001);
    await endExpiredUnseen(services);
    clock.turn(1);
    await purgeEndedSessions(services, 0);
    expect(await rowsOf(database, userId)).toEqual([]);

    expect(await inspectLink(services, operation, own)).toMatchObject({ kind: 'open' });
    expect(await inspectLink(services, operation, ofThief)).toMatchObject({ reason: 'EXPIRED' });
    clock.turn(minuteMs);
    expect(await inspectLink(services, operation, own)).toMatchObject({ reason: 'EXPIRED' });
  });
});
