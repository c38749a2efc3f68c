// Acts on sessions over the test file's own database, without a node.

import { randomUUID } from 'node:crypto';

import { createBackground } from '../../src/common/backgroundTasks.js';
import { type Clock, systemClock } from '../../src/common/clock.js';
import { readConfig } from '../../src/config/index.js';
import { type Database } from '../../src/db/database.js';
import { openPglite } from '../../src/db/pglite/database.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { sessions, users } from '../../src/db/schema/index.js';
import { createLog } from '../../src/observability/log.js';
import { noMetrics } from '../../src/observability/metrics.js';
import { readLive, toSession } from '../../src/sessions/live.js';
import { type OpenedSession, openSession, type SignIn } from '../../src/sessions/open.js';
import { createSessionServices, type SessionServices } from '../../src/sessions/services.js';
import { type SessionPolicy } from '../../src/sessions/slots.js';
import { type Session } from '../../src/sessions/types.js';
import { createKeyring } from '../../src/tokens/keyring.js';
import { createSessionTokens } from '../../src/tokens/sessionToken.js';
import { type DeviceKind } from '../../src/users/types.js';
import { lockUser } from '../../src/users/users.js';
import { readyDatabase } from '../support/database.js';
import { testSecret, testSettings } from '../support/settings.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

export const standardPolicy: SessionPolicy = {
  limit: 1,
  scope: 'user',
  overflow: 'supersede',
  ttlSeconds: 86_400,
  idleSeconds: 0,
};

/** Opens a database with its tables; it is closed when the file ends. */
export async function openDatabase(): Promise<Database> {
  const config = readConfig(testSettings(await readyDatabase(), {}));
  const database =
    config.database.url === null
      ? await openPglite(config.database.dataDir)
      : openPostgres(config.database.url, config.database.poolSize, createLog('silent', false));
  await database.migrate();
  whenFileEnds(() => database.close());
  return database;
}

/** Creates the services of a node that listens to no other. */
export function servicesOver(
  database: Database,
  policy: Partial<SessionPolicy> = {},
  clock: Clock = systemClock,
): SessionServices {
  const background = createBackground(createLog('silent', false));
  const services = createSessionServices({
    database: { ...database, listen: () => undefined },
    clock,
    background,
    metrics: noMetrics,
    tokens: createSessionTokens({
      keyring: createKeyring(testSecret, null),
      issuer: 'hufu',
      audience: 'hufu',
    }),
    policy: { ...standardPolicy, ...policy },
  });
  whenFileEnds(() => background.drained());
  return services;
}

/** Inserts a user whom no password signs in, but whose sessions can be opened. */
export async function newUser(database: Database): Promise<string> {
  const id = randomUUID();
  const email = `${id}@example.com`;
  await database.read((db) =>
    db.insert(users).values({ id, email, emailKey: email, passwordHash: 'none', createdAt: new Date(0) }),
  );
  return id;
}

/** Opens a session as a login does after the password was verified. */
export async function open(
  services: SessionServices,
  userId: string,
  kind: DeviceKind = 'OTHER',
  more: Partial<SignIn> = {},
): Promise<OpenedSession> {
  const opened = await services.database.transact(async (tx) => {
    const [user, live] = await Promise.all([lockUser(tx, userId), readLive(tx, userId)]);
    if (user === null) throw new Error('there is no such user');
    const signIn: SignIn = {
      userId,
      methods: ['PASSWORD'],
      device: { kind, name: null },
      clientInfo: { ip: null, userAgent: null },
      idempotencyKey: null,
      takeover: false,
      ...more,
    };
    return openSession(tx, services.policy, signIn, { user, live }, services.clock.now());
  });
  services.endEvents.publish(opened.ended);
  return opened;
}

/** Opens a session; throws where the policy refuses it. */
export async function mustOpen(...args: Parameters<typeof open>): Promise<Session> {
  const opened = await open(...args);
  if (opened.kind !== 'opened') throw new Error('the session was not opened');
  return opened.session;
}

/** Returns all sessions of a user, the oldest first. */
export async function rowsOf(database: Database, userId: string): Promise<readonly Session[]> {
  const rows = await database.read((db) => db.select().from(sessions));
  return rows
    .map(toSession)
    .filter((session) => session.userId === userId)
    .sort((a, b) => a.signedInAt.getTime() - b.signedInAt.getTime());
}

export function isLive(session: Session): boolean {
  return session.endedAt === null;
}
