// Sets a new password for the owner of an emailed link, when the old one is forgotten or known to another person: every
// session ends, and every other link is void.

import { recordEvent } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { violates } from '../db/errors.js';
import { users } from '../db/schema/index.js';
import { type Limited } from '../rateLimit/reservations.js';
import { type ToPublish, endAllSessions } from '../sessions/end.js';
import { readLive } from '../sessions/live.js';
import { type ClientInfo, type User } from '../users/types.js';
import { keepPastEmail, toUser, type UserRow } from '../users/users.js';
import { trustOwner } from './attempts.js';
import { voidUndoLinks } from './emailLinks.js';
import { type LinkRejected, lockLink, type OpenLink, rejectedNow, reserveLink } from './useLink.js';
import { notify } from './emails/notifications.js';
import { type Undo, undoOf, voidLinksAndChallenges } from './emails/outbox.js';
import { forgetOtherFactors, removeAddedSince } from './otherFactors.js';
import { checkNewPassword, type InvalidInput, type WeakPassword } from './input.js';
import { type AccountServices } from './services.js';
import { and, eq, ne } from 'drizzle-orm';

export interface ResetPasswordInput {
  readonly token: string;
  readonly newPassword: string;
}

export type ResetPasswordOutcome =
  { readonly kind: 'reset'; readonly user: User } | LinkRejected | Limited | InvalidInput | WeakPassword;

/**
 * Resets the password, and verifies the email that the link was mailed to. A password that is refused leaves the
 * link as it was. It signs no client in.
 *
 * @throws HasherBusy when too many passwords wait to be hashed
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function resetPassword(
  services: AccountServices,
  { token, newPassword }: ResetPasswordInput,
  clientInfo: ClientInfo,
): Promise<ResetPasswordOutcome> {
  // A link that is not open costs no hash.
  const link = await reserveLink(services, 'resetPassword', token, clientInfo);
  if (link.kind !== 'open') return link;
  const asked = { password: newPassword, field: 'newPassword', email: link.email ?? '' };
  const checked = await checkNewPassword(services, asked, clientInfo);
  if (checked.kind !== 'ok') return checked;

  const passwordHash = await services.passwords.hash(checked.password);
  const outcome = await reset(services, link, passwordHash, clientInfo).catch((error: unknown) => {
    // Another account took the old email between the read and the write. Read again, it is not given back.
    if (violates(error, 'users_email_key_unique')) return reset(services, link, passwordHash, clientInfo);
    throw error;
  });
  if (outcome === null) return rejectedNow(services, 'resetPassword', token);
  services.endEvents.publishAll(outcome.toPublish);
  services.mail?.wake();
  return { kind: 'reset', user: outcome.user };
}

/**
 * Uses the link up, and removes in the same transaction every way in that a stranger may have added before the owner came;
 * null when the link is no longer open.
 */
async function reset(
  services: AccountServices,
  link: OpenLink,
  passwordHash: string,
  clientInfo: ClientInfo,
): Promise<{ readonly user: User; readonly toPublish: ToPublish } | null> {
  const { sub: userId } = link.claims;
  return services.database.transact(async (tx) => {
    const [used, live] = await Promise.all([lockLink(tx, services, link), readLive(tx, userId)]);
    if (used === null) return null;
    const { user, payload, createdAt, now } = used;
    const undo = undoOf(payload);
    const restored = await restorable(tx, user, undo, now);
    const changed = { ...user, emailVerifiedAt: user.emailVerifiedAt ?? now, ...restored };
    const { email, emailKey, emailVerifiedAt } = changed;
    tx.send(
      tx.update(users).set({ passwordHash, email, emailKey, emailVerifiedAt }).where(eq(users.id, userId)),
    );
    if (user.emailVerifiedAt === null) forgetOtherFactors(tx, userId);
    keepPastEmail(tx, user, emailKey, now);
    if (undo !== null) await removeAddedSince(tx, user, undo, createdAt, clientInfo, now);
    // Links about later changes went to the email that this change set, perhaps a thief's. Links about earlier changes stay:
    // the first email wins.
    if (undo?.restore != null) voidUndoLinks(tx, userId, createdAt, now);
    const everySession = { userId, live };
    const { toPublish } = endAllSessions(tx, services.policy, everySession, 'PASSWORD_CHANGED', now);
    voidLinksAndChallenges(tx, userId, user.emailKey, now);
    const about = { device: null, clientInfo };
    const event = { kind: 'RESET_PASSWORD', outcome: 'SUCCEEDED', userId, sessionId: null } as const;
    recordEvent(tx, { ...event, ...about }, now);
    await trustOwner(tx, services, changed, clientInfo.ip, now);
    await notify(tx, services, changed, { template: 'passwordReset', ...about }, now);
    return { user: toUser(changed), toPublish };
  });
}

/** Gives the email to restore, for a link from the notice that was mailed to it; nothing where another account has it. */
async function restorable(
  tx: Tx,
  user: UserRow,
  undo: Undo | null,
  now: Date,
): Promise<{ email?: string; emailKey?: string; emailVerifiedAt?: Date }> {
  const old = undo?.restore ?? null;
  if (old === null) return {};
  const [other] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.emailKey, old.emailKey), ne(users.id, user.id)));
  return other === undefined ? { ...old, emailVerifiedAt: now } : {};
}
