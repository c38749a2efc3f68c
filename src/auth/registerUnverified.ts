// Opens an account that nobody can use before its address is verified. Whether the address was free is told to its
// owner alone, by mail.

import { randomUUID } from 'node:crypto';

import { recordByEmail } from '../audit/recordByEmail.js';
import { users } from '../db/schema.js';
import { type Device, type ClientInfo } from '../sessions/types.js';
import { enqueueRequest, requireMail } from './emails/enqueue.js';
import { type AccountServices } from './services.js';

export interface VerificationRequested {
  readonly kind: 'verificationRequested';
}

/**
 * Registers a person without signing them in. A taken address costs the same work: one attempt to write the account,
 * one event for whoever has it now, and one mail to be owed, about the one thing or the other.
 *
 * @throws MailUnavailable when no mail can be sent
 * @throws DatabaseUnavailable when the account cannot be written
 */
export async function registerUnverified(
  services: AccountServices,
  account: { readonly email: string; readonly emailKey: string; readonly passwordHash: string },
  from: { readonly device: Device; readonly clientInfo: ClientInfo },
): Promise<VerificationRequested> {
  requireMail(services);
  await services.database.transact(async (tx) => {
    const now = services.clock.now();
    const [row] = await tx
      .insert(users)
      .values({ ...account, id: randomUUID(), createdAt: now })
      .onConflictDoNothing({ target: users.emailKey })
      .returning({ id: users.id });
    const { emailKey } = account;
    const outcome = row === undefined ? 'EMAIL_TAKEN' : 'SUCCEEDED';
    await recordByEmail(tx, [{ kind: 'REGISTER', outcome, emailKey, sessionId: null, ...from, at: now }]);
    const template = row === undefined ? 'addressTaken' : 'verifyEmail';
    await enqueueRequest(tx, { kind: 'request', template, emailKey, login: null }, now);
  });
  services.mail?.wake();
  return { kind: 'verificationRequested' };
}
