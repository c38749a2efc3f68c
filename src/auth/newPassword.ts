// Checks a password that is to be set. What needs no other server is looked at first; a set of breached passwords is asked for
// as many as a network may guess, so that no client can have this server ask it without end.

import { breachedPassword, type CheckedPassword, checkPassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/attempts.js';
import { type ClientInfo } from '../users/types.js';
import { type AccountServices } from './services.js';

/**
 * Checks a password that is to be set for the account with an email. Not to be called inside a transaction.
 *
 * @throws LimiterUnavailable when it cannot be counted
 */
export async function checkNewPassword(
  { passwordRules, isBreached, limits, database }: AccountServices,
  raw: string,
  email: string,
  { ip }: ClientInfo,
): Promise<CheckedPassword | Limited> {
  const checked = await checkPassword(raw, { ...passwordRules, email });
  if (checked.kind !== 'ok' || isBreached === null) return checked;
  const limited = await limits.breachCheck(database, ip);
  if (limited !== null) return limited;
  return (await isBreached(checked.password)) ? breachedPassword : checked;
}
