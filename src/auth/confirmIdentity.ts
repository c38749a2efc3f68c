// Step-up: a signed-in user proves once more who they are. A fresh session takes the place of their own, so that a copy
// of the old token stops working, and has a proof that is young enough for what changes a way in.

import { recordEvent } from '../audit/events.js';
import { normalizePassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/attempts.js';
import { type SignedOut } from '../sessions/authenticate.js';
import { endSessions, laterThan } from '../sessions/end.js';
import { openInPlaceOf, type SignedIn, signedIn } from '../sessions/open.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo, toUser } from '../users/users.js';
import { type InputIssue, malformedPassword } from './input.js';
import { reauthenticate } from './reauthenticate.js';
import { type AccountServices } from './services.js';

export interface ConfirmIdentityInput {
  readonly password: string;
}

export type ConfirmIdentityOutcome =
  | SignedIn
  | SignedOut
  | Limited
  | { readonly kind: 'wrongPassword' }
  | { readonly kind: 'invalidInput'; readonly issues: readonly InputIssue[] };

/**
 * Confirms who a signed-in user is, and puts a fresh session in the place of their own, which ends as SUPERSEDED. A wrong
 * password leaves the session as it was and counts as one at a login does.
 *
 * @throws HasherBusy when too many passwords wait to be checked
 * @throws LimiterUnavailable when attempts cannot be counted
 * @throws DatabaseUnavailable when the session cannot be written
 */
export async function confirmIdentity(
  services: AccountServices,
  session: Session,
  { password }: ConfirmIdentityInput,
  clientInfo: ClientInfo,
): Promise<ConfirmIdentityOutcome> {
  if (normalizePassword(password).kind === 'malformed')
    return { kind: 'invalidInput', issues: [malformedPassword('password')] };
  const reauthentication = { kind: 'CONFIRM_IDENTITY', password, clientInfo } as const;
  const outcome = await reauthenticate(services, session, reauthentication, () => (tx, owner) => {
    const { user, session: own, live, now } = owner;
    const at = laterThan(live, now);
    const ended = endSessions(tx, [own], 'SUPERSEDED', at);
    const fresh = openInPlaceOf(tx, services.policy, own, { methods: ['PASSWORD'], clientInfo }, at);
    const about = { userId: user.id, sessionId: fresh.id, device: own.device, clientInfo };
    recordEvent(tx, { kind: 'CONFIRM_IDENTITY', outcome: 'SUCCEEDED', ...about }, now);
    const superseded = ended.map((one) => ({ ...one, supersededBy: fresh.id }));
    return Promise.resolve({ kind: 'confirmed', user: toUser(user), session: fresh, superseded } as const);
  });
  if (outcome.kind !== 'confirmed') return outcome;
  services.endEvents.publish(outcome.superseded);
  return signedIn(services, outcome.user, outcome.session, outcome.superseded);
}
