// Proves that mail to an account's address arrives: asks for a link, and takes it back.

import { eq } from 'drizzle-orm';

import { recordEvent } from '../audit/record.js';
import { users } from '../db/schema.js';
import { type Limited } from '../rateLimit/attempts.js';
import { lockLiveSession } from '../sessions/lock.js';
import { toUser } from '../sessions/mappers.js';
import { signedOut, type SignedOut } from '../sessions/signedOut.js';
import { type ClientInfo, type Session, type User } from '../sessions/types.js';
import { parseEmail } from '../users/email.js';
import { guessLink, limitMail } from './attempts.js';
import { trustOwner } from './knownNetworks.js';
import { actByLink, type LinkRejected } from './emailLinks.js';
import { enqueueLink, requireMail } from './emails/enqueue.js';
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
