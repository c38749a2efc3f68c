// Tells the owner of an account what happened to it. Without a way to send mail nobody is told.

import { eq } from 'drizzle-orm';

import { type Tx } from '../../db/database.js';
import { users } from '../../db/schema.js';
import { knownProgram, plainName } from '../../mail/clientWords.js';
import { type UserRow } from '../../sessions/mappers.js';
import { type Device, type ClientInfo } from '../../sessions/types.js';
import { enqueueRequest, enqueueNotice, type EmailNotice } from './enqueue.js';
import { type AccountServices } from '../services.js';

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
