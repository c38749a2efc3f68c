// Gives an account the address that a link was mailed to.

import { eq } from 'drizzle-orm';
import { z } from 'zod';

import { recordEvent } from '../audit/record.js';
import { users } from '../db/schema.js';
import { violates } from '../db/errors.js';
import { type Limited } from '../rateLimit/attempts.js';
import { toUser } from '../sessions/mappers.js';
import { type ClientInfo, type User } from '../sessions/types.js';
import { keepPastEmail } from './pastEmails.js';
import { guessLink } from './attempts.js';
import { actByLink, type LinkRejected } from './emailLinks.js';
import { notify } from './emails/notifications.js';
import { trustOwner } from './knownNetworks.js';
import { voidEveryLink } from './emails/enqueue.js';
import { type AccountServices } from './services.js';

export type ConfirmEmailChangeOutcome =
  | { readonly kind: 'changed'; readonly user: User }
  | { readonly kind: 'emailTaken' }
  | LinkRejected
  | Limited;

const emailPayload = z.object({ email: z.string(), emailKey: z.string() });

/** What a notice's link gives back besides setting a password; null for other links. */
const undo = z.object({ restore: emailPayload });

/**
 * Changes the address, and marks it as verified. The old one is told, with a link that undoes the change: whoever
 * changed it may have been somebody else. Of several accounts that want one address at once, exactly one gets it; the
 * others keep their links.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function confirmEmailChange(
  services: AccountServices,
  token: string,
  clientInfo: ClientInfo,
): Promise<ConfirmEmailChangeOutcome> {
  try {
    const outcome = await guessLink(services, clientInfo, () =>
      actByLink(services, 'confirmEmailChange', token, async (tx, { user, payload }, now) => {
        const fresh = { ...emailPayload.parse(payload), emailVerifiedAt: now };
        await tx.update(users).set(fresh).where(eq(users.id, user.id));
        await keepPastEmail(tx, user, fresh.emailKey, now);
        await voidEveryLink(tx, user.id, user.emailKey, now);
        const restore = emailPayload.parse(user);
        await trustOwner(tx, services, { id: user.id, emailKey: fresh.emailKey }, clientInfo.ip, now);
        const about = { userId: user.id, device: null, clientInfo };
        const told = { to: user, undo: { restore } };
        await notify(tx, services, { template: 'emailChanged', ...about, ...told }, now);
        const event = {
          kind: 'CONFIRM_EMAIL_CHANGE',
          outcome: 'SUCCEEDED',
          sessionId: null,
          ...about,
        } as const;
        await recordEvent(tx, event, now);
        return { kind: 'changed', user: toUser({ ...user, ...fresh }) } as const;
      }),
    );
    if (outcome.kind === 'changed') services.mail?.wake();
    return outcome;
  } catch (error) {
    if (violates(error, 'users_email_key_unique')) return { kind: 'emailTaken' };
    throw error;
  }
}

/** The address in the payload of a link that undoes a change; null when there is none. */
export function restoredEmail(payload: unknown): z.output<typeof emailPayload> | null {
  return undo.safeParse(payload).data?.restore ?? null;
}
