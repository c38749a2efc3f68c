// Makes the mail that a row of the outbox stands for, at the moment when it is sent: looks up who it is for, sees
// that it still is to be sent, and signs the link that it bears. Until then no token exists anywhere.

import { and, eq, isNull } from 'drizzle-orm';

import { type Tx } from '../../db/database.js';
import { mails, users } from '../../db/schema.js';
import { type Letter, renderLetter } from '../../mail/renderTemplate.js';
import { letters, type LinkFacts } from '../../mail/templates.js';
import { type Message } from '../../mail/message.js';
import { type QueuedMail } from '../../mail/outboxWorker.js';
import { lockUser } from '../../sessions/lock.js';
import { type UserRow } from '../../sessions/mappers.js';
import { type LinkOperation } from '../../tokens/linkToken.js';
import { addLink, isOutdated, startLink, voidLinks } from '../emailLinks.js';
import { owedMail, type OwedMail, type OwedRequest, withNotice } from './enqueue.js';
import { type AccountServices } from '../services.js';

/** The address that a link leads to. */
export type LinkUrl = (operation: LinkOperation, token: string) => string;

/** A mail that is to be sent, and its link where that still stands. */
interface Prepared {
  readonly to: string;
  readonly userId: string;
  readonly link: { readonly expiresAt: Date } | null;
  readonly now: Date;
}

/**
 * Makes a mail. Made again for another attempt, it bears the same link with its time from now on.
 *
 * @returns null when nobody is to get it: the address has no account, the account has been deleted, or the link has
 *   been used or voided since
 * @throws DatabaseUnavailable when that cannot be looked up; an Error for a mail of a kind that this release does not
 *   know
 */
export async function composeMail(
  services: AccountServices,
  linkUrl: LinkUrl,
  mail: QueuedMail,
): Promise<Message | null> {
  const owed = owedMail.parse({ ...(mail.payload as object), template: mail.template });
  const operation = operationOf(owed);
  const prepared = await services.database.transact((tx) => prepare(tx, services, mail, owed, operation));
  if (prepared === null) return null;

  const { userId, link, now, to } = prepared;
  const facts = link && {
    url: linkUrl(operation, services.linkTokens.sign({ operation, userId, linkId: mail.id, ...link }, now)),
    ttlSeconds: services.linkTtlSeconds[operation],
  };
  const letter = letterOf(owed, facts);
  // An address is taken in NFKC: as it was typed, no mail server might know it.
  return letter && { to: to.normalize('NFKC'), ...renderLetter(letter) };
}

async function prepare(
  tx: Tx,
  services: AccountServices,
  mail: QueuedMail,
  owed: OwedMail,
  operation: LinkOperation,
): Promise<Prepared | null> {
  const userId = owed.kind === 'request' ? await findUser(tx, owed.emailKey) : owed.userId;
  const user = userId === null ? null : await lockUser(tx, userId);
  if (user?.email == null || !(await isStillOwed(tx, mail.id))) return null;

  const now = services.clock.now();
  if (owed.kind === 'request' && !(await admit(tx, services, mail, owed, operation, user, now))) return null;
  const link = await startLink(tx, services, mail.id, operation, now);
  const to = owed.kind === 'request' ? user.email : (owed.to ?? user.email);
  return { to, userId: user.id, link, now };
}

async function findUser(tx: Tx, emailKey: string): Promise<string | null> {
  const [user] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.emailKey, emailKey), isNull(users.deletedAt)));
  return user?.id ?? null;
}

/** Whoever changes a password takes the mails out of the outbox whose links must not be: one may be in hand here. */
async function isStillOwed(tx: Tx, id: string): Promise<boolean> {
  const [row] = await tx.select({ id: mails.id }).from(mails).where(eq(mails.id, id));
  return row !== undefined;
}

/** Puts the link on record that somebody asked for by an address; false when there is nothing to be sent. */
async function admit(
  tx: Tx,
  services: AccountServices,
  mail: QueuedMail,
  owed: OwedRequest,
  operation: LinkOperation,
  user: UserRow,
  now: Date,
): Promise<boolean> {
  // The address has passed to another account while the user's lock was waited for.
  if (user.emailKey !== owed.emailKey) return false;
  if (owed.template === 'verifyEmail' && user.emailVerifiedAt !== null) return false;
  const link = { jti: mail.id, userId: user.id, operation };
  if (owed.template === 'addressTaken') {
    await addLink(tx, services, { ...link, payload: withNotice }, mail.createdAt);
    return true;
  }
  if (await isOutdated(tx, user.id, operation, mail.createdAt)) return false;
  await voidLinks(tx, user.id, now, { operation, except: mail.id });
  await addLink(tx, services, link, mail.createdAt);
  return true;
}

/** A notice and its like bear a way to a new password. */
function operationOf(owed: OwedMail): LinkOperation {
  return owed.template === 'verifyEmail' || owed.template === 'confirmEmailChange'
    ? owed.template
    : 'resetPassword';
}

/** Null when the mail is nothing without its link, and the link stands no longer. */
function letterOf(owed: OwedMail, link: LinkFacts | null): Letter | null {
  if (owed.kind === 'notice') return letters[owed.template]({ ...owed, resetLink: link });
  if (owed.template === 'addressTaken') return letters.addressTaken(link);
  return link && letters[owed.template](link);
}
