// Which sign-ins the owner of an account hears of: those that signed another device out, and those from a kind of
// device or a network that the account has not been used on.

import { and, desc, eq, ne } from 'drizzle-orm';

import { networkOf } from '../../common/ip.js';
import { type Tx } from '../../db/database.js';
import { sessions } from '../../db/schema.js';
import { type OpenedSession, type SignIn } from '../../sessions/open.js';
import { notify } from './notifications.js';
import { type AccountServices } from '../services.js';

/** Owes the notice in the login's transaction. The first sign-in of all is no news to anybody. */
export async function notifyLogin(
  tx: Tx,
  services: AccountServices,
  signIn: SignIn,
  opened: OpenedSession & { readonly kind: 'opened' },
  now: Date,
): Promise<void> {
  if (!services.loginNotices || services.mail === null) return;
  const superseded = opened.superseded.length > 0;
  if (!superseded && !(await isNews(tx, signIn, opened.session.id))) return;
  await notify(tx, services, { template: 'newLogin', ...signIn, superseded }, now);
}

/** Whether the account has not been used on such a device, or not from the network: a device says of itself what it likes. */
async function isNews(tx: Tx, { userId, device, clientInfo }: SignIn, sessionId: string): Promise<boolean> {
  const earlier = await tx
    .select({ kind: sessions.deviceKind, ip: sessions.ip })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), ne(sessions.id, sessionId)))
    .orderBy(desc(sessions.signedInAt), desc(sessions.id))
    .limit(maxEarlier);
  if (earlier.length === 0) return false;
  const network = networkOf(clientInfo.ip);
  return (
    !earlier.some(({ kind }) => kind === device.kind) || !earlier.some(({ ip }) => networkOf(ip) === network)
  );
}

/** How many of the last sessions are looked at. */
const maxEarlier = 100;
