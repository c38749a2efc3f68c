// OpenID Connect Back-Channel Logout 1.0: a provider tells that a person has signed out there, and the sessions that it opened
// here end.

import { createHash } from 'node:crypto';

import { and, eq, isNull, lt, sql } from 'drizzle-orm';

import { recordEvents } from '../../audit/events.js';
import { type Clock } from '../../common/clock.js';
import { networksOf } from '../../common/networks.js';
import { type Database } from '../../db/database.js';
import { purgeRows } from '../../db/queries.js';
import {
  challenges,
  identities,
  providerLogouts,
  providerSessions,
  sessions,
} from '../../db/schema/index.js';
import { endSessions } from '../../sessions/end.js';
import { maxLiveSessions, readLive } from '../../sessions/live.js';
import { type ClientInfo } from '../../users/types.js';
import { lockUser } from '../../users/users.js';
import { type AccountServices } from '../services.js';
import { logoutTokenSeconds } from './oidc.js';
import { type LogoutClaims } from './protocol.js';

export type BackChannelLogoutOutcome =
  | { readonly kind: 'ended' }
  /** It is no logout token of the provider for this service, or has been used before. */
  | { readonly kind: 'rejected' }
  | { readonly kind: 'unavailable' };

/**
 * Ends what a provider asks to end: every live session that the person's identity opened, or only those of one session at
 * the provider, and the sign-ins that wait for a second factor. Without any, nothing is wrong: the person may have signed out here before.
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
  const isUsed = await database.read(async (db) => {
    const [row] = await db
      .select({ key: providerLogouts.key })
      .from(providerLogouts)
      .where(eq(providerLogouts.key, keyOf(claims)));
    return row !== undefined;
  });
  if (isUsed) return { kind: 'rejected' };
  // First, so that one that is completed at this moment has opened a session that is found.
  await voidHalfSignIns(services, claims);
  for (const [userId, ids] of await findSessions(services, claims)) {
    const ended = await database.transact(async (tx) => {
      const [user, live] = await Promise.all([lockUser(tx, userId), readLive(tx, userId)]);
      if (user === null) return [];
      const now = clock.now();
      const meant = live.filter(({ id }) => ids.has(id));
      const done = endSessions(tx, meant, 'PROVIDER_ENDED', now);
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
  // Only now: after a failure the provider sends the token again, and no session has begun meanwhile that it could end.
  const expiresAt = new Date(claims.issuedAt.getTime() + logoutTokenSeconds * 1_000);
  await database.read((db) =>
    db
      .insert(providerLogouts)
      .values({ key: keyOf(claims), expiresAt })
      .onConflictDoNothing(),
  );
  return { kind: 'ended' };
}

function keyOf({ issuer, jti }: LogoutClaims): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, jti]))
    .digest('base64url');
}

/** Finds the live sessions that are meant, by their users: one identity has one, a session of the provider several. */
async function findSessions(
  { database }: Pick<AccountServices, 'database'>,
  { issuer, subject, sid }: LogoutClaims,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await database.read((db) =>
    db
      .select({ id: sessions.id, userId: sessions.userId })
      .from(providerSessions)
      .innerJoin(identities, eq(identities.id, providerSessions.identityId))
      .innerJoin(sessions, eq(sessions.id, providerSessions.sessionId))
      .where(
        and(
          eq(identities.issuer, issuer),
          subject === null ? undefined : eq(identities.subject, subject),
          sid === null ? undefined : eq(providerSessions.sid, sid),
          isNull(sessions.endedAt),
        ),
      )
      .limit(maxLiveSessions),
  );
  const byUser = new Map<string, Set<string>>();
  for (const { id, userId } of rows) byUser.set(userId, (byUser.get(userId) ?? new Set()).add(id));
  return byUser;
}

/** Voids the sign-ins with an identity that wait for a second factor: the provider no longer vouches for the person. */
async function voidHalfSignIns(
  { database }: Pick<AccountServices, 'database'>,
  { issuer, subject, sid }: LogoutClaims,
): Promise<void> {
  const opener = sql`${challenges.payload} -> 'identity'`;
  const waiting = await database.read((db) =>
    db
      .select({ id: challenges.id, userId: identities.userId })
      .from(challenges)
      .innerJoin(
        identities,
        and(eq(identities.userId, challenges.userId), sql`${identities.id}::text = ${opener} ->> 'id'`),
      )
      .where(
        and(
          eq(challenges.purpose, 'secondFactor'),
          eq(identities.issuer, issuer),
          subject === null ? undefined : eq(identities.subject, subject),
          sid === null ? undefined : sql`${opener} ->> 'sid' = ${sid}`,
        ),
      ),
  );
  for (const { id, userId } of waiting)
    await database.transact(async (tx) => {
      await lockUser(tx, userId);
      tx.send(tx.delete(challenges).where(eq(challenges.id, id)));
    });
}

/** Deletes what is remembered of logout tokens that have expired. */
export async function purgeProviderLogouts({
  database,
  clock,
}: {
  readonly database: Pick<Database, 'transact'>;
  readonly clock: Clock;
}): Promise<number> {
  const { key, expiresAt } = providerLogouts;
  return purgeRows(database, { id: key, oldest: expiresAt, isOver: lt(expiresAt, clock.now()) });
}
