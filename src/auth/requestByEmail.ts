// What anybody may ask for by naming an address. One row is written whether or not the address has an account; who
// it belongs to is looked up when the mail is made, so that neither the answer nor its time can tell.

import { type Limited } from '../rateLimit/attempts.js';
import { type ClientInfo } from '../sessions/types.js';
import { parseEmail } from '../users/email.js';
import { limitMail } from './attempts.js';
import { enqueueRequest, type EmailRequest, requireMail } from './emails/enqueue.js';
import { type AccountServices } from './services.js';
import { type EmailRequested } from './verifyEmail.js';

/**
 * Asks for a mail with a link to the stored address of whoever has an account under this one.
 *
 * - `emailRequested`: taken down; a mail goes out if there is an account, and, for `verifyEmail`, its address is not
 *   verified yet.
 * - `limited`: too many mails were asked for, whether or not the address has an account.
 * - `invalidAddress`: no account can have such an address; `message` says why.
 *
 * @throws MailUnavailable when no mail can be sent at all
 * @throws DatabaseUnavailable when it cannot be written down
 */
export async function requestByEmail(
  services: AccountServices,
  template: EmailRequest['template'] & ('verifyEmail' | 'resetPassword'),
  email: string,
  clientInfo: ClientInfo,
): Promise<EmailRequested | Limited | { readonly kind: 'invalidAddress'; readonly message: string }> {
  requireMail(services);
  const parsed = parseEmail(email);
  if (parsed.kind === 'invalid') return { kind: 'invalidAddress', message: parsed.message };
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
