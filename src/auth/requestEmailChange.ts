// Asks for another address: nothing changes until the link that goes there comes back.

import { recordEvent } from '../audit/record.js';
import { type Limited } from '../rateLimit/attempts.js';
import { normalizePassword } from '../passwords/policy.js';
import { type SignedOut } from '../sessions/signedOut.js';
import { type ClientInfo, type Session } from '../sessions/types.js';
import { reauthenticate } from './reauthenticate.js';
import { type InputIssue, malformedPassword } from './input.js';
import { parseEmail } from '../users/email.js';
import { limitMail } from './attempts.js';
import { enqueueLink, requireMail } from './emails/enqueue.js';
import { type AccountServices } from './services.js';
import { type EmailRequested } from './verifyEmail.js';

export interface RequestEmailChangeInput {
  readonly newEmail: string;
  readonly password: string;
}

export type RequestEmailChangeOutcome =
  | EmailRequested
  | SignedOut
  | Limited
  | { readonly kind: 'invalidCredentials' }
  | { readonly kind: 'invalidInput'; readonly issues: readonly InputIssue[] };

/**
 * Mails a link to the new address. Whether that has an account already, only its owner learns, on using the link.
 *
 * @throws MailUnavailable when no mail can be sent
 * @throws HasherBusy when too many passwords wait to be checked
 * @throws DatabaseUnavailable when it cannot be written down
 */
export async function requestEmailChange(
  services: AccountServices,
  session: Session,
  { newEmail, password }: RequestEmailChangeInput,
  clientInfo: ClientInfo,
): Promise<RequestEmailChangeOutcome> {
  requireMail(services);
  const issues: InputIssue[] = [];
  const parsed = parseEmail(newEmail);
  if (parsed.kind === 'invalid') issues.push({ field: 'newEmail', message: parsed.message });
  if (normalizePassword(password).kind === 'malformed') issues.push(malformedPassword('password'));
  if (parsed.kind === 'invalid' || issues.length > 0) return { kind: 'invalidInput', issues };

  const { email, key: emailKey } = parsed;
  const reauthentication = { kind: 'REQUEST_EMAIL_CHANGE', password, clientInfo } as const;
  const outcome = await reauthenticate(services, session, reauthentication, async () => {
    const limited = await limitMail(services, clientInfo, emailKey, 'confirmEmailChange');
    return async (tx, { user }, now) => {
      if (limited !== null) return limited;
      const payload = { email, emailKey };
      const link = { userId: user.id, operation: 'confirmEmailChange', to: email, payload } as const;
      await enqueueLink(tx, services, link, now);
      const about = { userId: user.id, sessionId: session.id, device: session.device, clientInfo };
      await recordEvent(tx, { kind: 'REQUEST_EMAIL_CHANGE', outcome: 'SUCCEEDED', ...about }, now);
      return { kind: 'emailRequested', to: newEmail } as const;
    };
  });
  if (outcome.kind === 'emailRequested') services.mail?.wake();
  return outcome;
}
