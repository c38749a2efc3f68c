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
import { type LinkOperation } from '../../tokens/linkToken.js';
import { addLink, isOutdated, startLink, voidLinks } from '../emailLinks.js';
import { owedMail, type OwedMail, type OwedRequest, withNotice } from './enqueue.js';
import { type AccountServices } from '../services.js';
import { mailboxOf } from '../../users/email.js';

/** The address that a link leads to. */
export type LinkUrl = (operation: LinkOperation, token: string) => string;

/** Whom a mail goes to, and its link where that still stands. */
interface Prepared {
  /** Null when nobody is to get it: it is made all the same, so that its work does not tell. */
  readonly to: string | null;
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
  const prepared = await services.database.transact((tx) =>
    owed.kind === 'request'
      ? prepareRequest(tx, services, mail, owed, operation)
      : prepareOwn(tx, services, mail, owed, operation),
  );
  if (prepared === null) return null;

  const { userId, link, now, to } = prepared;
  const facts = link && {
    url: linkUrl(operation, services.linkTokens.sign({ operation, userId, linkId: mail.id, ...link }, now)),
    ttlSeconds: services.linkTtlSeconds[operation],
  };
  const letter = letterOf(owed, facts);
  const rendered = letter && renderLetter(letter);
  return to === null || rendered === null ? null : { to: mailboxOf(to), ...rendered };
}

async function prepareOwn(
  tx: Tx,
  services: AccountServices,
  mail: QueuedMail,
  owed: Exclude<OwedMail, OwedRequest>,
  operation: LinkOperation,
): Promise<Prepared | null> {
  const user = await lockUser(tx, owed.userId);
  if (user?.email == null || !(await isStillOwed(tx, mail.id))) return null;
  const now = services.clock.now();
  // A disabled account gets no link. What happened before it was disabled is told all the same.
  if (user.disabledAt !== null)
    return owed.kind === 'notice' ? { to: owed.to ?? user.email, userId: user.id, link: null, now } : null;
  const link = await startLink(tx, services, mail.id, operation, now);
  return { to: owed.to ?? user.email, userId: user.id, link, now };
}

/**
 * Prepares what was asked for by an email. Whatever becomes of it, the same statements run in the same order: the time
 * that a node or the database spends on it does not tell whether the email has an account.
 */
async function prepareRequest(
  tx: Tx,
  services: AccountServices,
  mail: QueuedMail,
  owed: OwedRequest,
  operation: LinkOperation,
): Promise<Prepared> {
  // Nobody has the id of the mail: with it a statement finds and writes nothing.
  const nobody = mail.id;
  const found = (await findUser(tx, owed.emailKey)) ?? nobody;
  const user = await lockUser(tx, found);
  const isOwed = await isStillOwed(tx, mail.id);
  const isNewest = !(await isOutdated(tx, found, operation, mail.createdAt));
  const now = services.clock.now();
  const hasRoom =
    owed.login === null || (await services.limits.notice(tx, owed.emailKey, `${owed.login} login`));

  // Beside it the links that were asked for go on working.
  const isUnasked = owed.template === 'addressTaken' || owed.login !== null;
  const isWanted =
    isOwed &&
    hasRoom &&
    owed.login !== 'wrong' &&
    // The email has passed to another account while the user's lock was waited for.
    user?.emailKey === owed.emailKey &&
    // A disabled account gets no link.
    user.disabledAt === null &&
    (owed.template !== 'verifyEmail' || user.emailVerifiedAt === null) &&
    (isUnasked || isNewest);
  const userId = isWanted ? found : nobody;
  await voidLinks(tx, isUnasked ? nobody : userId, now, { operation, except: mail.id });
  const payload = isUnasked ? { payload: withNotice } : {};
  await addLink(tx, services, { jti: mail.id, userId, operation, ...payload }, mail.createdAt);
  const started = await startLink(tx, services, mail.id, operation, now);
  // For nobody a link is signed that leads nowhere, and thrown away.
  const link = isWanted ? started : { expiresAt: new Date(now.getTime() + 1_000) };
  return { to: isWanted ? user.email : null, userId, link, now };
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
