// Changes the email of an account: nothing changes until the link is used that is mailed to the new one.

import { recordEvent } from '../audit/events.js';
import { violates } from '../db/errors.js';
import { users } from '../db/schema/index.js';
import { type Limited } from '../rateLimit/reservations.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo, type User } from '../users/types.js';
import { keepPastEmail, toUser } from '../users/users.js';
import { parseEmail } from '../users/email.js';
import { limitMail, trustOwner } from './attempts.js';
import { type LinkRejected, lockLink, rejectedNow, reserveLink } from './useLink.js';
import { notify } from './emails/notifications.js';
import { enqueueLink, requireMail, voidLinksAndChallenges } from './emails/outbox.js';
import { type InvalidInput, invalidInput } from './input.js';
import { type AccountServices } from './services.js';
import { lockSessionWithRequiredFactors, type ActRefused, refusedNow } from './stepUp.js';
import { type EmailRequested } from './verifyEmail.js';
import { eq } from 'drizzle-orm';
import { z } from 'zod';

export type RequestEmailChangeOutcome = EmailRequested | ActRefused | Limited | InvalidInput;

/**
 * Mails a link to the new email. Whether that has an account already, only its owner learns, on using the link. The caller
 * has seen that the proof of the session is fresh.
 *
 * @throws MailUnavailable when no mail can be sent
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function requestEmailChange(
  services: AccountServices,
  session: Session,
  newEmail: string,
  clientInfo: ClientInfo,
): Promise<RequestEmailChangeOutcome> {
  requireMail(services);
  const parsed = parseEmail(newEmail);
  if (parsed.kind === 'invalid') return invalidInput({ field: 'newEmail', message: parsed.message });
  // The link is dead once the user has ended this session from another one (see emailLinks.ts).
  const payload = { email: parsed.email, emailKey: parsed.key, sessionId: session.id };
  const limited = await limitMail(services, clientInfo, parsed.key, 'confirmEmailChange');
  if (limited !== null) return limited;

  const isDone = await services.database.transact(async (tx) => {
    const owner = await lockSessionWithRequiredFactors(tx, services, session);
    if (owner === null) return false;
    const { user, now } = owner;
    const link = { userId: user.id, operation: 'confirmEmailChange', to: parsed.email, payload } as const;
    const about = { userId: user.id, sessionId: session.id, device: session.device, clientInfo };
    recordEvent(tx, { kind: 'REQUEST_EMAIL_CHANGE', outcome: 'SUCCEEDED', ...about }, now);
    await enqueueLink(tx, services, link, now);
    return true;
  });
  if (!isDone) return refusedNow(services, session, 'REQUEST_EMAIL_CHANGE', clientInfo);
  services.mail?.wake();
  return { kind: 'emailRequested', to: newEmail };
}

export type ConfirmEmailChangeOutcome =
  | { readonly kind: 'changed'; readonly user: User }
  | { readonly kind: 'emailTaken' }
  | LinkRejected
  | Limited;

const emailPayload = z.object({ email: z.string(), emailKey: z.string() });

/**
 * Changes the email with the token from the link, and marks it as verified. The old one is notified, with a link that
 * undoes the change: another person may have made it. Of several accounts that want one email at once, exactly one gets
 * it; the others keep their links.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function confirmEmailChange(
  services: AccountServices,
  token: string,
  clientInfo: ClientInfo,
): Promise<ConfirmEmailChangeOutcome> {
  const link = await reserveLink(services, 'confirmEmailChange', token, clientInfo);
  if (link.kind !== 'open') return link;
  try {
    const changed = await services.database.transact(async (tx) => {
      const used = await lockLink(tx, services, link);
      if (used === null) return null;
      const { user, payload, now } = used;
      const fresh = { ...emailPayload.parse(payload), emailVerifiedAt: now };
      tx.send(tx.update(users).set(fresh).where(eq(users.id, user.id)));
      keepPastEmail(tx, user, fresh.emailKey, now);
      voidLinksAndChallenges(tx, user.id, user.emailKey, now);
      const about = { device: null, clientInfo };
      const event = { kind: 'CONFIRM_EMAIL_CHANGE', outcome: 'SUCCEEDED', sessionId: null } as const;
      recordEvent(tx, { ...event, userId: user.id, ...about }, now);
      await trustOwner(tx, services, { id: user.id, emailKey: fresh.emailKey }, clientInfo.ip, now);
      const changed = { ...user, ...fresh };
      await notify(tx, services, changed, { template: 'emailChanged', ...about, to: user }, now);
      return toUser(changed);
    });
    if (changed === null) return await rejectedNow(services, 'confirmEmailChange', token);
    services.mail?.wake();
    return { kind: 'changed', user: changed };
  } catch (error) {
    if (violates(error, 'users_email_key_unique')) return { kind: 'emailTaken' };
    throw error;
  }
}
