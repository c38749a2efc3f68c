// Changes the password of a signed-in user who gives the old one. Every session ends, and a fresh one takes the place of
// the caller's own.

import { randomUUID } from 'node:crypto';

import { recordEvent } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { users } from '../db/schema/index.js';
import { normalizePassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/reservations.js';
import { type SignedOut } from '../sessions/authenticate.js';
import { endSessions, endAllSessions } from '../sessions/end.js';
import { openInPlaceOf, type SignedIn, signedIn } from '../sessions/open.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo, type User } from '../users/types.js';
import { toUser } from '../users/users.js';
import { notify } from './emails/notifications.js';
import { voidLinksAndChallenges } from './emails/outbox.js';
import { checkNewPassword, type InvalidInput, malformedPassword, type WeakPassword } from './input.js';
import { type Owner, reauthenticate } from './reauthenticate.js';
import { type AccountServices } from './services.js';
import { eq } from 'drizzle-orm';

export interface ChangePasswordInput {
  readonly currentPassword: string;
  readonly newPassword: string;
}

export type ChangePasswordOutcome =
  | (SignedIn & {
      /** The sessions that the change ended, newest first, the caller's old one included. There is a bound. */
      readonly ended: readonly Session[];
    })
  | SignedOut
  | Limited
  | { readonly kind: 'wrongPassword' }
  | InvalidInput
  | WeakPassword;

/**
 * Changes the password. Once it is acknowledged, no session that was opened with the old one is live, and no emailed
 * link from before works.
 *
 * @throws HasherBusy when too many passwords wait to be hashed
 * @throws DatabaseUnavailable when the change cannot be written
 */
export async function changePassword(
  services: AccountServices,
  caller: { readonly user: User; readonly session: Session },
  input: ChangePasswordInput,
  clientInfo: ClientInfo,
): Promise<ChangePasswordOutcome> {
  if (normalizePassword(input.currentPassword).kind === 'malformed') {
    return malformedPassword('currentPassword');
  }
  const asked = { password: input.newPassword, field: 'newPassword', email: caller.user.email };
  const checked = await checkNewPassword(services, asked, clientInfo);
  if (checked.kind !== 'ok') return checked;

  const reauthentication = { kind: 'CHANGE_PASSWORD', password: input.currentPassword, clientInfo } as const;
  const outcome = await reauthenticate(services, caller.session, reauthentication, async () => {
    const passwordHash = await services.passwords.hash(checked.password);
    return (tx, owner) => change(tx, services, owner, passwordHash, clientInfo);
  });
  if (outcome.kind !== 'changed') return outcome;
  services.endEvents.publishAll(outcome.toPublish);
  services.mail?.wake();
  return { ...signedIn(services, outcome.user, outcome.session, []), ended: outcome.ended };
}

async function change(
  tx: Tx,
  services: AccountServices,
  { user, session: held, live, now }: Owner,
  passwordHash: string,
  clientInfo: ClientInfo,
) {
  tx.send(tx.update(users).set({ passwordHash }).where(eq(users.id, user.id)));
  const id = randomUUID();
  const own = { ...held, supersededBy: id };
  const all = { userId: user.id, live: live.map((one) => (one.id === own.id ? own : one)) };
  const { ended, at, toPublish } = endAllSessions(tx, services.policy, all, 'PASSWORD_CHANGED', now);
  // Of very many sessions the ends of the oldest are written later. The caller's own names its successor now.
  const older = all.live.includes(own) ? [] : endSessions(tx, [own], 'PASSWORD_CHANGED', now);

  // The password alone is no proof for an account with a second factor: the proof stays as old as it was.
  const proof = { id, methods: own.methods, provedAt: own.provedAt, clientInfo };
  const session = openInPlaceOf(tx, services.policy, own, proof, at);

  voidLinksAndChallenges(tx, user.id, user.emailKey, now);
  const about = { clientInfo, device: own.device };
  const event = {
    kind: 'CHANGE_PASSWORD',
    outcome: 'SUCCEEDED',
    userId: user.id,
    sessionId: own.id,
  } as const;
  recordEvent(tx, { ...event, ...about }, now);
  await notify(tx, services, user, { template: 'passwordChanged', ...about }, now);
  return {
    kind: 'changed',
    user: toUser(user),
    session,
    ended: [...ended, ...older],
    toPublish,
  } as const;
}
