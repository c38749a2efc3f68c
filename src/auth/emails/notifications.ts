// Notifies the owner of an account of what happened to it. Without a way to send mail nothing is queued.

import { desc, eq } from 'drizzle-orm';

import { networkOf } from '../../common/networks.js';
import { type Tx } from '../../db/database.js';
import { sessions } from '../../db/schema/index.js';
import { plainName } from '../../mail/templates.js';
import { knownProgram } from '../../mail/userAgent.js';
import { type SignIn } from '../../sessions/open.js';
import { type ClientInfo, type Device } from '../../users/types.js';
import { type UserRow } from '../../users/users.js';
import { type AccountServices, type NoticeServices } from '../services.js';
import { type EmailNotice, enqueueNotice, enqueueRequest } from './outbox.js';

/** A change of an account, and the client that made it. */
export interface Occasion {
  readonly template: EmailNotice['template'];
  readonly clientInfo: ClientInfo;
  /** Null where the act says nothing of it. */
  readonly device: Device | null;
  readonly superseded?: boolean;
  /** The email to notify; left out for the account's own. */
  readonly to?: Recipient;
}

type Recipient = Pick<UserRow, 'email' | 'emailKey' | 'emailVerifiedAt'>;

/**
 * The changes that give a thief a way in, or take the owner's: the link for "that was not me" undoes one, and every way in that
 * was added since.
 */
const undone: ReadonlySet<Occasion['template']> = new Set([
  'passkeyAdded',
  'factorAdded',
  'identityLinked',
  'emailChanged',
]);

/**
 * Enqueues a notice in the transaction of what happened; the caller holds the user's lock, and wakes the worker after the
 * commit. None goes to an email that is not verified, whose owner may know nothing of the account, nor where there were
 * too many of its kind lately to the email: an account can be deleted and registered again without end.
 *
 * @param user the user's row as the act leaves it, but for an authenticator app that it adds
 */
export async function notify(
  tx: Tx,
  services: NoticeServices,
  user: Recipient & Pick<UserRow, 'id' | 'hasTotp'>,
  { template, clientInfo, device, superseded = false, to }: Occasion,
  now: Date,
): Promise<void> {
  if (!(await mayNotify(tx, services, to ?? user, template))) return;
  const facts = describeEvent(clientInfo, device, now);
  const about = { userId: user.id, to: to?.email ?? null, ...facts, superseded };
  const restore =
    to?.email == null || to.emailKey === null ? null : { email: to.email, emailKey: to.emailKey };
  const undo = undone.has(template) ? { hadTotp: user.hasTotp, restore } : null;
  enqueueNotice(tx, services, { kind: 'notice', template, ...about }, now, undo);
}

/** Enqueues the notice that an account was deleted; `user` is its row from before. */
export async function notifyDeletion(
  tx: Tx,
  services: NoticeServices,
  user: UserRow,
  { clientInfo, device }: Pick<Occasion, 'clientInfo' | 'device'>,
  now: Date,
): Promise<void> {
  if (user.email === null || !(await mayNotify(tx, services, user, 'accountDeleted'))) return;
  const facts = describeEvent(clientInfo, device, now);
  enqueueRequest(tx, { kind: 'deletion', template: 'accountDeleted', to: user.email, ...facts }, now);
}

/** Counts a notice, and tells whether it goes to an email. */
async function mayNotify(
  tx: Tx,
  services: NoticeServices,
  { emailKey, emailVerifiedAt }: Pick<UserRow, 'emailKey' | 'emailVerifiedAt'>,
  template: string,
): Promise<boolean> {
  if (services.mail === null || emailKey === null || emailVerifiedAt === null) return false;
  return services.rateLimits.notice(tx, emailKey, template);
}

/** Describes the time and the client of an event, in words that are safe to repeat in a mail. */
function describeEvent(clientInfo: ClientInfo, device: Device | null, at: Date) {
  return {
    at,
    ip: clientInfo.ip,
    program: knownProgram(clientInfo.userAgent),
    device: device && describe(device),
  };
}

const kinds = {
  WEB: 'a browser',
  DESKTOP: 'a desktop or laptop',
  MOBILE: 'a phone',
  TABLET: 'a tablet',
  TV: 'a television',
  OTHER: null,
} as const satisfies Record<Device['kind'], string | null>;

/** Describes a device as it names itself, in words that are safe to repeat; null when it names nothing. */
function describe(device: Device): string | null {
  const kindText = kinds[device.kind];
  const name = plainName(device.name);
  if (name === null) return kindText;
  return kindText === null ? name : `${name} (${kindText})`;
}

/** The kind of device and the IP of an earlier login. */
interface EarlierLogin {
  readonly kind: Device['kind'];
  readonly ip: string | null;
}

/** The most sessions that a login is compared with. */
const maxEarlier = 100;

/** Reads where the last sessions of an account came from; nothing where no notice of a login can go out. */
export async function readEarlierLogins(
  tx: Tx,
  services: AccountServices,
  userId: string,
): Promise<readonly EarlierLogin[]> {
  if (!services.loginNotices || services.mail === null) return [];
  return tx
    .select({ kind: sessions.deviceKind, ip: sessions.ip })
    .from(sessions)
    .where(eq(sessions.userId, userId))
    .orderBy(desc(sessions.signedInAt), desc(sessions.id))
    .limit(maxEarlier);
}

/**
 * Enqueues the notice of a login that signed another device out, or came from a kind of device or a network that the
 * account has not been used on. The first login of all is not notified.
 */
export async function notifyLogin(
  tx: Tx,
  services: AccountServices,
  user: UserRow,
  { device, clientInfo }: SignIn,
  { superseded, earlier }: { readonly superseded: boolean; readonly earlier: readonly EarlierLogin[] },
  now: Date,
): Promise<void> {
  if (!services.loginNotices) return;
  const network = networkOf(clientInfo.ip);
  // A device says of itself what it likes: the network counts on its own.
  const isNew =
    earlier.length > 0 &&
    !(
      earlier.some(({ kind }) => kind === device.kind) && earlier.some(({ ip }) => networkOf(ip) === network)
    );
  if (superseded || isNew)
    await notify(tx, services, user, { template: 'newLogin', device, clientInfo, superseded }, now);
}
