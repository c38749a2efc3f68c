// Which sign-ins the owner of an account hears of: those that signed another device out, and those from a kind of
// device that the account has not been used on.

import { and, eq, ne, sql } from 'drizzle-orm';

import { type Tx } from '../../db/database.js';
import { sessions } from '../../db/schema.js';
import { type OpenedSession, type SignIn } from '../../sessions/open.js';
import { notify } from './notifications.js';
import { type AccountServices } from '../services.js';

/** Owes the notice in the login's transaction. The first sign-in of all is no news to anybody. */
export async function noticeLogin(
  tx: Tx,
  services: AccountServices,
  { userId, device, origin }: SignIn,
  opened: OpenedSession & { readonly kind: 'opened' },
  now: Date,
): Promise<void> {
  if (!services.loginNotices || services.mail === null) return;
  const superseded = opened.superseded.length > 0;
  if (!superseded) {
    const [earlier] = await tx
      .select({
        any: sql<boolean>`count(*) > 0`,
        alike: sql<boolean>`coalesce(bool_or(${eq(sessions.deviceKind, device.kind)}), false)`,
      })
      .from(sessions)
      .where(and(eq(sessions.userId, userId), ne(sessions.id, opened.session.id)));
    if (earlier?.any !== true || earlier.alike) return;
  }
  await notify(tx, services, { template: 'newLogin', userId, origin, device, superseded }, now);
}
