// OpenID Connect Back-Channel Logout 1.0: a provider tells that a person has signed out there, and the sessions that it opened
// here end.

import { and, eq, isNull, type SQL, sql, type SQLWrapper } from 'drizzle-orm';

import { recordEvents } from '../../audit/events.js';
import { networksOf } from '../../common/networks.js';
import { type Tx } from '../../db/database.js';
import { challenges, identities, providerSessions, sessions } from '../../db/schema/index.js';
import { endSessions } from '../../sessions/end.js';
import { isLiveOf, maxLiveSessions, readLive } from '../../sessions/live.js';
import { type ClientInfo } from '../../users/types.js';
import { lockUser } from '../../users/users.js';
import { type AccountServices } from '../services.js';
import { isUsedLogout, noteLogout, noteUsedLogout } from './logouts.js';
import { type LogoutClaims } from './protocol.js';

export type BackChannelLogoutOutcome =
  | { readonly kind: 'ended' }
  /** It is no logout token of the provider for this service, or has been used before. */
  | { readonly kind: 'rejected' }
  | { readonly kind: 'unavailable' };

/**
 * Ends what a provider asks to end: every live session that the person's identity opened, or only those of one session at
 * the provider, and the sign-ins that wait for a second factor. A sign-in that the provider confirmed
 * before either opens its session first, which then ends, or opens none. Where there is none, nothing is wrong: the person may
 * have signed out here before.
 *
 * @throws DatabaseUnavailable when it cannot be written; the provider may send the token again
 */
export async function backChannelLogout(
  services: AccountServices,
  providerId: string,
  token: string,
  { ip }: ClientInfo,
): Promise<BackChannelLogoutOutcome> {
  const readLogout = services.providers.find(providerId)?.readLogout ?? null;
  if (readLogout === null) return { kind: 'rejected' };
  const read = await readLogout(networksOf(ip).at(-1) ?? '', token);
  if (read.kind === 'providerUnavailable') return { kind: 'unavailable' };
  if (read.kind === 'providerRejected') return { kind: 'rejected' };
  const { claims } = read;

  const { database, clock } = services;
  if (await database.read((db) => isUsedLogout(db, claims))) return { kind: 'rejected' };
  await database.transact((tx) => {
    noteLogout(tx, claims, clock.now());
    return Promise.resolve();
  });
  for (const userId of await findUsers(services, claims)) {
    const ended = await database.transact(async (tx) => {
      const [user, live, meant] = await Promise.all([
        lockUser(tx, userId),
        readLive(tx, userId),
        readMeant(tx, userId, claims),
      ]);
      if (user === null) return [];
      const now = clock.now();
      // The provider no longer vouches for who waits for a second factor.
      tx.send(tx.delete(challenges).where(and(eq(challenges.userId, userId), isHalfSignIn(claims))));
      const done = endSessions(
        tx,
        live.filter(({ id }) => meant.has(id)),
        'PROVIDER_ENDED',
        now,
      );
      const event = { kind: 'PROVIDER_LOGOUT', outcome: 'SUCCEEDED', userId } as const;
      const byProvider = { device: null, clientInfo: { ip: null, userAgent: null } };
      recordEvents(
        tx,
        done.map(({ id: sessionId }) => ({ ...event, ...byProvider, sessionId })),
        now,
      );
      return done;
    });
    services.endEvents.publish(ended);
  }
  // Only now: after a failure the provider sends the token again.
  await database.read((db) => noteUsedLogout(db, claims));
  return { kind: 'ended' };
}

/**
 * Matches the identity of the person who is signed out; any identity of the provider where the logout names only a session
 * there.
 */
function isMeant({ issuer, subject }: LogoutClaims): SQL | undefined {
  return and(eq(identities.issuer, issuer), subject === null ? undefined : eq(identities.subject, subject));
}

function hasSid({ sid }: LogoutClaims, column: SQLWrapper): SQL | undefined {
  return sid === null ? undefined : sql`${column} = ${sid}`;
}

/** Finds whose live sessions or half sign-ins are meant: one identity has one user, a session of the provider several. */
async function findUsers(
  { database }: Pick<AccountServices, 'database'>,
  claims: LogoutClaims,
): Promise<ReadonlySet<string>> {
  return database.read(async (db) => {
    const [signedIn, halfway] = [
      await db
        .selectDistinct({ userId: sessions.userId })
        .from(providerSessions)
        .innerJoin(identities, eq(identities.id, providerSessions.identityId))
        .innerJoin(sessions, eq(sessions.id, providerSessions.sessionId))
        .where(and(isMeant(claims), hasSid(claims, providerSessions.sid), isNull(sessions.endedAt)))
        .limit(maxLiveSessions),
      await db
        .selectDistinct({ userId: challenges.userId })
        .from(challenges)
        .where(isHalfSignIn(claims))
        .limit(maxLiveSessions),
    ];
    return new Set([...signedIn, ...halfway].flatMap(({ userId }) => userId ?? []));
  });
}

/** Reads behind the user's lock which of the live sessions are meant: another may have taken the place of one until then. */
async function readMeant(tx: Tx, userId: string, claims: LogoutClaims): Promise<ReadonlySet<string>> {
  const rows = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .innerJoin(providerSessions, eq(providerSessions.sessionId, sessions.id))
    .innerJoin(identities, eq(identities.id, providerSessions.identityId))
    .where(and(isLiveOf(userId), isMeant(claims), hasSid(claims, providerSessions.sid)));
  return new Set(rows.map(({ id }) => id));
}

/** Matches a sign-in with the identity that waits for a second factor. */
function isHalfSignIn(claims: LogoutClaims): SQL | undefined {
  const opener = sql`${challenges.payload} -> 'identity'`;
  const ownIdentity = sql`${identities.userId} = ${challenges.userId} and ${identities.id}::text = ${opener} ->> 'id'`;
  return and(
    eq(challenges.purpose, 'secondFactor'),
    hasSid(claims, sql`${opener} ->> 'sid'`),
    sql`exists (select from ${identities} where ${ownIdentity} and ${isMeant(claims)})`,
  );
}
