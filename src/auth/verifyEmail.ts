// Requests links by mail, and verifies an e-mail with the token from one.

import { eq } from 'drizzle-orm';

import { recordEvent } from '../audit/events.js';
import { users } from '../db/schema.js';
import { type Limited } from '../rateLimit/attempts.js';
import { signedOut, type SignedOut } from '../sessions/authenticate.js';
import { lockLiveSession } from '../sessions/live.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo } from '../users/client.js';
import { parseEmail } from '../users/email.js';
import { type User, toUser } from '../users/users.js';
import { guessLink, limitMail, trustOwner } from './attempts.js';
import { actByLink, type LinkRejected } from './emailLinks.js';
import { enqueueLink, requireMail, enqueueRequest, type EmailRequest } from './emails/outbox.js';
import { type AccountServices } from './services.js';

/** Whatever came of it: it never tells whether a mail goes out. */
export interface EmailRequested {
  readonly kind: 'emailRequested';
  /** The address as it was asked for. */
  readonly to: string;
}

/**
 * Asks for a link to the signed-in user's address. Where that is verified already there is nothing to send.
 *
 * @throws MailUnavailable when no mail can be sent
 * @throws DatabaseUnavailable when it cannot be written down
 */
export async function requestOwnVerification(
  services: AccountServices,
  { user, session }: { readonly user: User; readonly session: Session },
  clientInfo: ClientInfo,
): Promise<EmailRequested | Limited | SignedOut> {
  requireMail(services);
  const email = parseEmail(user.email);
  const limited = await limitMail(
    services,
    clientInfo,
    email.kind === 'ok' ? email.key : user.id,
    'verifyEmail',
  );
  if (limited !== null) return limited;
  const to = await services.database.transact(async (tx) => {
    const owner = await lockLiveSession(tx, services, session);
    if (owner === null) return null;
    const { id, email, emailVerifiedAt } = owner.user;
    const link = { userId: id, operation: 'verifyEmail', to: null } as const;
    if (emailVerifiedAt === null) await enqueueLink(tx, services, link, owner.now);
    return email ?? '';
  });
  if (to === null) return signedOut(services, session);
  services.mail?.wake();
  return { kind: 'emailRequested', to };
}

/**
 * Marks the address as verified to which the link was mailed. Nobody is signed in by it.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function verifyEmail(
  services: AccountServices,
  token: string,
  clientInfo: ClientInfo,
): Promise<{ readonly kind: 'verified'; readonly user: User } | LinkRejected | Limited> {
  return guessLink(services, clientInfo, () =>
    actByLink(services, 'verifyEmail', token, async (tx, { user }, now) => {
      const emailVerifiedAt = user.emailVerifiedAt ?? now;
      await tx.update(users).set({ emailVerifiedAt }).where(eq(users.id, user.id));
      await trustOwner(tx, services, user, clientInfo.ip, now);
      const about = { userId: user.id, sessionId: null, device: null, clientInfo };
      await recordEvent(tx, { kind: 'VERIFY_EMAIL', outcome: 'SUCCEEDED', ...about }, now);
      return { kind: 'verified', user: toUser({ ...user, emailVerifiedAt }) } as const;
    }),
  );
}

/**
 * Asks for a mail with a link to the stored address of whoever has an account under this one.
 *
 * - `emailRequested`: taken down; a mail goes out if there is an account, and, for `verifyEmail`, its address is not
 *   verified yet.
 * - `limited`: too many mails were asked for, whether or not the address has an account.
 * - `invalidEmail`: no account can have such an address; `message` says why.
 *
 * @throws MailUnavailable when no mail can be sent at all
 * @throws DatabaseUnavailable when it cannot be written down
 */
export async function requestByEmail(
  services: AccountServices,
  template: EmailRequest['template'] & ('verifyEmail' | 'resetPassword'),
  email: string,
  clientInfo: ClientInfo,
): Promise<EmailRequested | Limited | { readonly kind: 'invalidEmail'; readonly message: string }> {
  requireMail(services);
  const parsed = parseEmail(email);
  if (parsed.kind === 'invalid') return { kind: 'invalidEmail', message: parsed.message };
  const limited = await limitMail(services, clientInfo, parsed.key, template);
  if (limited !== null) return limited;
  const queued = { kind: 'request', template, emailKey: parsed.key, login: null } as const;
  await services.database.transact((tx) => enqueueRequest(tx, queued, services.clock.now()));
  services.mail?.wake();
  return { kind: 'emailRequested', to: email };
}

/**
 * Mails the link of the verification again after a sign-in that was refused, where its password was right and the email
 * is not verified. Every refused sign-in owes such a mail; whether it goes out is found when it is made, so that the
 * same work is done for each, behind the answer.
 */
export function offerVerification(
  services: AccountServices,
  emailKey: string,
  login: NonNullable<EmailRequest['login']>,
): void {
  const queued = { kind: 'request', template: 'verifyEmail', emailKey, login } as const;
  services.background.run('offer a verification', async () => {
    await services.database.transact((tx) => enqueueRequest(tx, queued, services.clock.now()));
    services.mail?.wake();
  });
}
