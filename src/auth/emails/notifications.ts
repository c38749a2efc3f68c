// Notifies the owner of an account of what happened to it. Without a way to send mail nothing is queued.

import { eq, and, desc, ne } from 'drizzle-orm';

import { networkOf } from '../../common/ip.js';
import { type Tx } from '../../db/database.js';
import { users, sessions } from '../../db/schema.js';
import { knownProgram, plainName } from '../../mail/templates.js';
import { type OpenedSession, type SignIn } from '../../sessions/open.js';
import { type Device, type ClientInfo } from '../../users/client.js';
import { type UserRow } from '../../users/users.js';
import { type AccountServices } from '../services.js';
import { enqueueRequest, enqueueNotice, type EmailNotice } from './outbox.js';

/** What happened, to whose account, and from where. */
export interface Occasion {
  readonly template: EmailNotice['template'];
  readonly userId: string;
  readonly clientInfo: ClientInfo;
  /** Null where the act says nothing of it. */
  readonly device: Device | null;
  readonly superseded?: boolean;
  /** The email to tell; left out for the account's own. */
  readonly to?: Pick<UserRow, 'email' | 'emailKey' | 'emailVerifiedAt'>;
  /** What the link for "that was not me" does besides. */
  readonly undo?: object;
}

/**
 * Owes the notice in the transaction of what happened; the caller holds the user's lock, and pokes after it. None goes to
 * an email that is not verified, whose owner may know nothing of the account, nor where there were too many of its kind
 * lately to the email: an account is renewed as often as one likes.
 */
export async function notify(
  tx: Tx,
  services: AccountServices,
  { template, userId, clientInfo, device, superseded = false, to, undo }: Occasion,
  now: Date,
): Promise<void> {
  const recipient = to ?? (await recipientOf(tx, userId));
  if (recipient === undefined || !(await mayNotify(tx, services, recipient, template))) return;
  const facts = describeEvent(clientInfo, device, now);
  const queued: EmailNotice = {
    kind: 'notice',
    template,
    userId,
    to: to?.email ?? null,
    ...facts,
    superseded,
  };
  await enqueueNotice(tx, services, queued, now, undo);
}

/** Enqueues the notice that an account was deleted; `user` is its row from before. */
export async function notifyDeletion(
  tx: Tx,
  services: AccountServices,
  user: UserRow,
  { clientInfo, device }: Pick<Occasion, 'clientInfo' | 'device'>,
  now: Date,
): Promise<void> {
  if (user.email === null || !(await mayNotify(tx, services, user, 'accountDeleted'))) return;
  const facts = describeEvent(clientInfo, device, now);
  await enqueueRequest(tx, { kind: 'deletion', template: 'accountDeleted', to: user.email, ...facts }, now);
}

/** Whether a notice goes to an e-mail; counts it. */
async function mayNotify(
  tx: Tx,
  services: AccountServices,
  { emailKey, emailVerifiedAt }: Pick<UserRow, 'emailKey' | 'emailVerifiedAt'>,
  template: string,
): Promise<boolean> {
  if (services.mail === null || emailKey === null || emailVerifiedAt === null) return false;
  return services.limits.notice(tx, emailKey, template);
}

/** The time and the client of an event, in words that are safe to repeat in a mail. */
function describeEvent(clientInfo: ClientInfo, device: Device | null, at: Date) {
  return {
    at,
    ip: clientInfo.ip,
    program: knownProgram(clientInfo.userAgent),
    device: device && describe(device),
  };
}

async function recipientOf(tx: Tx, userId: string) {
  const [user] = await tx
    .select({ email: users.email, emailKey: users.emailKey, emailVerifiedAt: users.emailVerifiedAt })
    .from(users)
    .where(eq(users.id, userId));
  return user;
}

const kinds = {
  WEB: 'a browser',
  DESKTOP: 'a desktop or laptop',
  MOBILE: 'a phone',
  TABLET: 'a tablet',
  TV: 'a television',
  OTHER: null,
} as const satisfies Record<Device['kind'], string | null>;

/** As the device described itself, in words that are safe to repeat; null when it did not. */
function describe(device: Device): string | null {
  const said = kinds[device.kind];
  const name = plainName(device.name);
  if (name === null) return said;
  return said === null ? name : `${name} (${said})`;
}

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
