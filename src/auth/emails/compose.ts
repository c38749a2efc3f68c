// Makes the mail that a row of the outbox stands for, at the moment when it is sent: looks up who it is for, sees
// that it still is to be sent, and signs its link. Until then no token exists anywhere.

import { type Tx } from '../../db/database.js';
import { type Message } from '../../mail/message.js';
import { type QueuedMail } from '../../mail/outboxWorker.js';
import { type MailTemplate, renderTemplate } from '../../mail/renderTemplate.js';
import { type LinkFacts } from '../../mail/templates.js';
import { type AccountLinkOperation } from '../../tokens/linkToken.js';
import { mailboxOf, parseEmail } from '../../users/email.js';
import { findUserId, lockUser } from '../../users/users.js';
import { addLink, findOpenLink, linkUrl, startLink } from '../emailLinks.js';
import { type AccountServices } from '../services.js';
import { composeLoginCode, composeRegistration } from './composeChallenge.js';
import {
  admitMail,
  type EmailChallenge,
  type EmailDeletion,
  type EmailJob,
  type EmailRequest,
  isStillQueued,
  queuedMail,
  withNotice,
} from './outbox.js';

/** A mail about an account that is still there. */
type JobWithUser = Exclude<EmailJob, EmailDeletion | EmailChallenge>;

/** The recipient of a mail, and its link where that is still open. */
interface Prepared {
  /** Null when it has no recipient: it is made all the same, so that its work reveals nothing. */
  readonly to: string | null;
  readonly userId: string;
  readonly linkId: string;
  readonly link: { readonly expiresAt: Date } | null;
  readonly now: Date;
}

/**
 * Makes a mail. Made again for another attempt, it has the same link with its time from now on.
 *
 * @param linkBase what its link begins with
 * @returns null when it has no recipient: the email has no account, the account has been deleted, or the link has
 *   been used or voided since
 * @throws DatabaseUnavailable when that cannot be looked up; an Error for a mail of a kind that this release does not
 *   know
 */
export async function composeMail(
  services: AccountServices,
  linkBase: string,
  mail: QueuedMail,
): Promise<Message | null> {
  const queued = queuedMail.parse({ ...(mail.payload as object), template: mail.template });
  if (queued.kind === 'deletion') {
    return { to: mailboxOf(queued.to), ...renderTemplate(services.templates.accountDeleted(queued)) };
  }
  if (queued.kind === 'challenge')
    return queued.template === 'loginCode'
      ? composeLoginCode(services, linkBase, mail, queued)
      : composeRegistration(services, linkBase, mail, queued);
  const operation = operationOf(services, queued);
  const prepared = await services.database.transact((tx) =>
    queued.kind === 'request'
      ? prepareRequest(tx, services, mail, queued, operation)
      : prepareOwn(tx, services, mail, queued, operation),
  );
  if (prepared === null) return null;

  const { userId, linkId, link, now, to } = prepared;
  const facts = link && {
    url: linkUrl(services, linkBase, { operation, userId, linkId, ...link }, now),
    ttlSeconds: services.linkTtlSeconds[operation],
  };
  const template = templateOf(services, queued, facts);
  const rendered = template && renderTemplate(template);
  return to === null || rendered === null ? null : { to: mailboxOf(to), ...rendered };
}

async function prepareOwn(
  tx: Tx,
  services: AccountServices,
  mail: QueuedMail,
  queued: Exclude<JobWithUser, EmailRequest>,
  operation: AccountLinkOperation,
): Promise<Prepared | null> {
  const [user, isQueued] = await Promise.all([lockUser(tx, queued.userId), isStillQueued(tx, mail.id)]);
  if (user?.email == null || !isQueued) return null;
  const to = queued.to ?? user.email;
  const now = services.clock.now();
  const linkId = queued.kind === 'link' ? queued.linkId : mail.id;
  // A disabled account gets no link. Of what happened before it was disabled it is notified all the same.
  if (user.disabledAt !== null)
    return queued.kind === 'notice' ? { to, userId: user.id, linkId, link: null, now } : null;
  if (queued.kind === 'link' && !(await admitMail(tx, services, mail, keyOf(to)))) return null;
  const link = await startLink(tx, services, linkId, operation, now);
  return { to, userId: user.id, linkId, link, now };
}

/**
 * Prepares a mail that a client asked for by naming an email. The same statements run in the same order for every email:
 * the time that a node or the database spends on it does not reveal whether the email has an account.
 */
async function prepareRequest(
  tx: Tx,
  services: AccountServices,
  mail: QueuedMail,
  queued: EmailRequest,
  operation: AccountLinkOperation,
): Promise<Prepared> {
  // No user has the id of the mail: with it a statement finds and writes nothing.
  const noUser = mail.id;
  const found = (await findUserId(tx, queued.emailKey)) ?? noUser;
  const [user, isQueued] = await Promise.all([lockUser(tx, found), isStillQueued(tx, mail.id)]);
  const now = services.clock.now();

  const isCalledFor =
    isQueued &&
    queued.login !== 'wrong' &&
    // The email has passed to another account while the user's lock was waited for.
    user?.emailKey === queued.emailKey &&
    // A disabled account gets no link.
    user.disabledAt === null &&
    (queued.template !== 'verifyEmail' || user.emailVerifiedAt === null);
  // A mail that is not sent is counted for a recipient that does not exist: it takes nothing from the owner's mails.
  const recipient = isCalledFor ? queued.emailKey : noUser;
  const hasRoom =
    queued.login === null
      ? await admitMail(tx, services, mail, recipient)
      : await services.rateLimits.notice(tx, recipient, `${queued.login} login`);

  const isWanted = isCalledFor && hasRoom;
  const userId = isWanted ? found : noUser;
  // Beside the link of a notice, those that were asked for go on working.
  const isUnasked = queued.login !== null;
  const open = await findOpenLink(tx, isUnasked ? noUser : userId, operation, null);
  const linkId = open ?? mail.id;
  const payload = isUnasked ? { payload: withNotice } : {};
  const owner = open === null ? userId : noUser;
  addLink(tx, services, { jti: mail.id, userId: owner, operation, ...payload }, now);
  const started = await startLink(tx, services, linkId, operation, now);
  // Without a user, a link is signed that leads nowhere, and thrown away.
  const link = isWanted ? started : { expiresAt: new Date(now.getTime() + 1_000) };
  return { to: isWanted ? user.email : null, userId, linkId, link, now };
}

/** Returns the key by which a recipient is counted. */
function keyOf(email: string): string {
  const parsed = parseEmail(email);
  return parsed.kind === 'ok' ? parsed.key : email;
}

/**
 * Tells whether an account that never verified its email is to be claimed with a new password. Where emails must be verified, a
 * link that only verifies would let in the person who chose the password, perhaps a stranger.
 */
function isClaim({ requireVerifiedEmail }: AccountServices, queued: JobWithUser): boolean {
  return requireVerifiedEmail && queued.template === 'verifyEmail';
}

/** Returns the operation of the link in a mail: a notice has one to a new password. */
function operationOf(services: AccountServices, queued: JobWithUser): AccountLinkOperation {
  if (isClaim(services, queued)) return 'resetPassword';
  return queued.template === 'verifyEmail' || queued.template === 'confirmEmailChange'
    ? queued.template
    : 'resetPassword';
}

/** Returns the content of a mail; null for a mail that is useless without its link, when the link is no longer open. */
function templateOf(
  services: AccountServices,
  queued: JobWithUser,
  link: LinkFacts | null,
): MailTemplate | null {
  const { templates } = services;
  if (queued.kind === 'notice') return templates[queued.template]({ ...queued, resetLink: link });
  if (isClaim(services, queued)) return link && templates.claimAccount(link);
  return link && templates[queued.template](link);
}
