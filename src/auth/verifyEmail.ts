// Requests links by mail, and verifies an email with the token from one.

import { recordEvent } from '../audit/events.js';
import { users } from '../db/schema/index.js';
import { type Limited } from '../rateLimit/reservations.js';
import { signedOut, type SignedOut } from '../sessions/authenticate.js';
import { lockLiveSession } from '../sessions/live.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo, type User } from '../users/types.js';
import { toUser } from '../users/users.js';
import { parseEmail } from '../users/email.js';
import { limitMail, trustOwner } from './attempts.js';
import { type LinkRejected, lockLink, rejectedNow, rejectLink, reserveLink } from './useLink.js';
import { enqueueLink, requireMail, enqueueRequest, type EmailRequest } from './emails/outbox.js';
import { type AccountServices } from './services.js';
import { eq } from 'drizzle-orm';

/** The request is accepted. It never tells whether a mail goes out. */
export interface EmailRequested {
  readonly kind: 'emailRequested';
  /** The email as the client gave it. */
  readonly to: string;
}

/**
 * Requests a link to the signed-in user's email. Where that is verified already, no mail is sent.
 *
 * @throws MailUnavailable when no mail can be sent
 * @throws DatabaseUnavailable when it cannot be written
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
    const { id, email, emailKey, emailVerifiedAt } = owner.user;
    const link = { userId: id, operation: 'verifyEmail', to: null } as const;
    const request = { kind: 'request', template: 'verifyEmail', login: null } as const;
    if (emailVerifiedAt !== null || emailKey === null) return email ?? '';
    // The holder of the session need not be the owner of the email: see isClaim in compose.ts.
    if (services.requireVerifiedEmail) enqueueRequest(tx, { ...request, emailKey }, owner.now);
    else await enqueueLink(tx, services, link, owner.now);
    return email ?? '';
  });
  if (to === null) return signedOut(services, session);
  services.mail?.wake();
  return { kind: 'emailRequested', to };
}

/**
 * Verifies an email with the token from the link that was mailed to it. It signs no client in.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function verifyEmail(
  services: AccountServices,
  token: string,
  clientInfo: ClientInfo,
): Promise<{ readonly kind: 'verified'; readonly user: User } | LinkRejected | Limited> {
  const link = await reserveLink(services, 'verifyEmail', token, clientInfo);
  if (link.kind !== 'open') return link;
  // It was mailed before emails had to be verified: the next one is a link to a new password.
  if (services.requireVerifiedEmail) return rejectLink('EXPIRED');
  const verified = await services.database.transact(async (tx) => {
    const used = await lockLink(tx, services, link);
    if (used === null) return null;
    const { user, now } = used;
    const emailVerifiedAt = user.emailVerifiedAt ?? now;
    tx.send(tx.update(users).set({ emailVerifiedAt }).where(eq(users.id, user.id)));
    const about = { userId: user.id, sessionId: null, device: null, clientInfo };
    recordEvent(tx, { kind: 'VERIFY_EMAIL', outcome: 'SUCCEEDED', ...about }, now);
    await trustOwner(tx, services, user, clientInfo.ip, now);
    return toUser({ ...user, emailVerifiedAt });
  });
  return verified === null
    ? rejectedNow(services, 'verifyEmail', token)
    : { kind: 'verified', user: verified };
}

/**
 * Requests a mail with a link to the stored email of the account that has this one.
 *
 * One row is written whether or not the email has an account. The account is looked up when the mail is made, so that
 * neither the answer nor its time tells.
 *
 * - `emailRequested`: accepted; a mail goes out if there is an account, and, for `verifyEmail`, its email is not verified.
 * - `limited`: too many mails were requested, whether or not the email has an account.
 * - `invalidEmail`: no account can have such an email; `message` says why.
 *
 * @throws MailUnavailable when no mail can be sent at all
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function requestByEmail(
  services: AccountServices,
  template: EmailRequest['template'],
  email: string,
  clientInfo: ClientInfo,
): Promise<EmailRequested | Limited | { readonly kind: 'invalidEmail'; readonly message: string }> {
  requireMail(services);
  const parsed = parseEmail(email);
  if (parsed.kind === 'invalid') return { kind: 'invalidEmail', message: parsed.message };
  const limited = await limitMail(services, clientInfo, parsed.key, template);
  if (limited !== null) return limited;
  await enqueueAlone(services, { kind: 'request', template, emailKey: parsed.key, login: null });
  return { kind: 'emailRequested', to: email };
}

/**
 * Offers the link of the verification again after a refused login, where the password was right and the email is not
 * verified. Every refused login enqueues such a mail; whether it goes out is decided when it is made, so that the same
 * work is done for each, behind the answer.
 */
export function offerVerification(
  services: AccountServices,
  emailKey: string,
  verdict: 'wrong' | 'unverified',
): void {
  const login = verdict === 'unverified' ? 'right' : 'wrong';
  services.background.run('offer a verification', () =>
    enqueueAlone(services, { kind: 'request', template: 'verifyEmail', emailKey, login }),
  );
}

async function enqueueAlone(services: AccountServices, request: EmailRequest): Promise<void> {
  await services.database.transact((tx) => {
    enqueueRequest(tx, request, services.clock.now());
    return Promise.resolve();
  });
  services.mail?.wake();
}
