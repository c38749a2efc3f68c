// Sets a new password for whoever holds a link from their mail, when the old one is forgotten or known to somebody
// else: every session ends, and every other link dies.

import { and, eq, ne } from 'drizzle-orm';

import { recordEvent } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { violates } from '../db/errors.js';
import { users } from '../db/schema.js';
import { checkPassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/attempts.js';
import { endAllSessions } from '../sessions/end.js';
import { type ClientInfo } from '../users/client.js';
import { type User, toUser, type UserRow, keepPastEmail } from '../users/users.js';
import { guessLink, trustOwner } from './attempts.js';
import { restoredEmail } from './changeEmail.js';
import { actByLink, inspectLink, type LinkRejected, type UsedLink } from './emailLinks.js';
import { notify } from './emails/notifications.js';
import { voidEveryLink } from './emails/outbox.js';
import { type InputIssue, malformedPassword } from './input.js';
import { type AccountServices } from './services.js';

export interface ResetPasswordInput {
  readonly token: string;
  readonly newPassword: string;
}

export type ResetPasswordOutcome =
  | { readonly kind: 'reset'; readonly user: User }
  | LinkRejected
  | Limited
  | { readonly kind: 'invalidInput'; readonly issues: readonly InputIssue[] }
  | { readonly kind: 'weakPassword'; readonly suggestions: readonly string[] };

/**
 * Resets the password, and verifies the address that the link was mailed to. A password that is refused leaves the
 * link as it was. Nobody is signed in by it.
 *
 * @throws HasherBusy when too many passwords wait to be hashed
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function resetPassword(
  services: AccountServices,
  { token, newPassword }: ResetPasswordInput,
  clientInfo: ClientInfo,
): Promise<ResetPasswordOutcome> {
  // A link that does not stand costs no hash.
  const link = await guessLink(services, clientInfo, () => inspectLink(services, 'resetPassword', token));
  if (link.kind !== 'open') return link;
  const rules = { ...services.passwordRules, email: await emailOf(services, link.claims.sub) };
  const checked = await checkPassword(newPassword, rules);
  if (checked.kind === 'malformed')
    return { kind: 'invalidInput', issues: [malformedPassword('newPassword')] };
  if (checked.kind === 'weak') return { kind: 'weakPassword', suggestions: checked.suggestions };

  const passwordHash = await services.passwords.hash(checked.password);
  const act = async (tx: Tx, { user, payload }: UsedLink, now: Date) => {
    const restored = await restorable(tx, user, payload, now);
    const email = { emailVerifiedAt: user.emailVerifiedAt ?? now, ...restored };
    await tx
      .update(users)
      .set({ passwordHash, ...email })
      .where(eq(users.id, user.id));
    await keepPastEmail(tx, user, restored.emailKey ?? user.emailKey, now);
    const { toPublish } = await endAllSessions(tx, services.policy, user.id, 'PASSWORD_CHANGED', now);
    await voidEveryLink(tx, user.id, user.emailKey, now);
    await trustOwner(tx, services, { ...user, ...email }, clientInfo.ip, now);
    const about = { userId: user.id, device: null, clientInfo };
    await notify(tx, services, { template: 'passwordReset', ...about }, now);
    await recordEvent(tx, { kind: 'RESET_PASSWORD', outcome: 'SUCCEEDED', sessionId: null, ...about }, now);
    return { kind: 'reset', user: toUser({ ...user, ...email }), toPublish } as const;
  };
  const reset = () => actByLink(services, 'resetPassword', token, act);
  const outcome = await reset().catch((error: unknown) => {
    // Somebody took the old address between the look and the write. Looked at again, it is not given back.
    if (violates(error, 'users_email_key_unique')) return reset();
    throw error;
  });
  if (outcome.kind !== 'reset') return outcome;
  services.endEvents.publishAll(outcome.toPublish);
  services.mail?.wake();
  return { kind: 'reset', user: outcome.user };
}

/** For the rule that a password must not be the address. */
async function emailOf(services: AccountServices, userId: string): Promise<string> {
  const [user] = await services.database.read((db) =>
    db.select({ email: users.email }).from(users).where(eq(users.id, userId)),
  );
  return user?.email ?? '';
}

/** The address to give back, for a link from the notice to it; nothing where somebody else has it by now. */
async function restorable(
  tx: Tx,
  user: UserRow,
  payload: unknown,
  now: Date,
): Promise<{ email?: string; emailKey?: string; emailVerifiedAt?: Date }> {
  const old = restoredEmail(payload);
  if (old === null) return {};
  const [other] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.emailKey, old.emailKey), ne(users.id, user.id)));
  return other === undefined ? { ...old, emailVerifiedAt: now } : {};
}
