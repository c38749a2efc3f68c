// Makes the mail that a row of the outbox stands for, at the moment when it is sent: looks up who it is for, sees
// that it still is to be sent, and signs its link. Until then no token exists anywhere.

import { and, eq, isNull } from 'drizzle-orm';

import { type Tx } from '../../db/database.js';
import { mails, users } from '../../db/schema/index.js';
import { type Message } from '../../mail/message.js';
import { type QueuedMail } from '../../mail/outboxWorker.js';
import { type MailTemplate, renderTemplate } from '../../mail/renderTemplate.js';
import { type LinkFacts } from '../../mail/templates.js';
import { type AccountLinkOperation, type LinkOperation } from '../../tokens/linkToken.js';
import { mailboxOf, parseEmail } from '../../users/email.js';
import { lockUser } from '../../users/users.js';
import { type KnownKey } from '../attempts.js';
import { findNamedChallenge, noteMailed } from '../challenges.js';
import { addLink, findOpenLink, startLink } from '../emailLinks.js';
import { type AccountServices } from '../services.js';
import {
  type EmailChallenge,
  type EmailDeletion,
  queuedMail,
  type EmailJob,
  type EmailRequest,
  withNotice,
} from './outbox.js';

/** A mail about an account that is still there. */
type JobWithUser = Exclude<EmailJob, EmailDeletion | EmailChallenge>;

/** Whom a mail goes to, and its link where that still stands. */
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
    url: linkUrl(linkBase, operation, services.linkTokens.sign({ operation, userId, linkId, ...link }, now)),
    ttlSeconds: services.linkTtlSeconds[operation],
  };
  const template = templateOf(services, queued, facts);
  const rendered = template && renderTemplate(template);
  return to === null || rendered === null ? null : { to: mailboxOf(to), ...rendered };
}

function linkUrl(linkBase: string, operation: LinkOperation, token: string): string {
  return `${linkBase}/${operation}?token=${token}`;
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
  if (queued.kind === 'link' && !(await admit(tx, services, mail, keyOf(to)))) return null;
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
  const found = (await findUser(tx, queued.emailKey)) ?? noUser;
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
      ? await admit(tx, services, mail, recipient)
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

/**
 * Makes the mail about a registration: its code and link, or for a taken email the notice that there is an account. The same
 * statements run in the same order for every email, and both count as one kind.
 */
async function composeRegistration(
  services: AccountServices,
  linkBase: string,
  mail: QueuedMail,
  { emailKey, to, challengeId }: EmailChallenge,
): Promise<Message | null> {
  const noUser = mail.id;
  const named = { purpose: 'registration', id: challengeId } as const;
  const prepared = await services.database.transact(async (tx) => {
    const found = (await findUser(tx, emailKey)) ?? noUser;
    const [user, isQueued, challenge] = await Promise.all([
      lockUser(tx, found),
      isStillQueued(tx, mail.id),
      findNamedChallenge(tx, services.clock, named),
    ]);
    const now = services.clock.now();
    const owner = user?.emailKey === emailKey ? user : null;
    // A disabled account gets no link.
    const isCalledFor = isQueued && challenge?.state === 'open' && (owner?.disabledAt ?? null) === null;
    const isWanted = (await admit(tx, services, mail, isCalledFor ? emailKey : noUser)) && isCalledFor;
    const userId = isWanted && owner !== null ? owner.id : noUser;
    const operation = 'resetPassword';
    addLink(tx, services, { jti: mail.id, userId, operation, payload: withNotice }, now);
    const link = await startLink(tx, services, mail.id, operation, now);
    noteMailed(tx, challengeId, isWanted && owner === null, now);
    return isWanted ? { owner, link, now, expiresAt: challenge.expiresAt } : null;
  });
  if (prepared === null) return null;

  const { owner, link, now, expiresAt } = prepared;
  const sign = (operation: LinkOperation, userId: string, linkId: string, end: Date) =>
    linkUrl(
      linkBase,
      operation,
      services.linkTokens.sign({ operation, userId, linkId, expiresAt: end }, now),
    );
  if (owner !== null) {
    const ttlSeconds = services.linkTtlSeconds.resetPassword;
    const facts = link && { url: sign('resetPassword', owner.id, mail.id, link.expiresAt), ttlSeconds };
    const rendered = renderTemplate(services.templates.emailTaken(facts));
    return owner.email === null ? null : { to: mailboxOf(owner.email), ...rendered };
  }
  const facts = {
    url: sign('completeRegistration', challengeId, challengeId, expiresAt),
    ttlSeconds: (expiresAt.getTime() - now.getTime()) / 1_000,
    code: services.mailedCodes.codeOf(challengeId),
  };
  return { to: mailboxOf(to), ...renderTemplate(services.templates.completeRegistration(facts)) };
}

/**
 * Makes the mail with a code for signing in; nothing goes out where no account has the email. Its link has nothing but the
 * code, in the fragment, which no browser sends to a server: only a page that holds the challenge's token can use it.
 */
async function composeLoginCode(
  services: AccountServices,
  linkBase: string,
  mail: QueuedMail,
  { emailKey, challengeId, knownKey }: EmailChallenge,
): Promise<Message | null> {
  const noUser = mail.id;
  const named = { purpose: 'emailCode', id: challengeId } as const;
  const prepared = await services.database.transact(async (tx) => {
    const found = (await findUser(tx, emailKey)) ?? noUser;
    const [user, isQueued, challenge] = await Promise.all([
      lockUser(tx, found),
      isStillQueued(tx, mail.id),
      findNamedChallenge(tx, services.clock, named),
    ]);
    const isOpen = challenge?.state === 'open' && !challenge.isVoid;
    const isCalledFor = isQueued && isOpen && user?.emailKey === emailKey && user.disabledAt === null;
    const recipient = isCalledFor ? emailKey : noUser;
    const isWanted = (await admit(tx, services, mail, recipient, knownKey)) && isCalledFor;
    const now = services.clock.now();
    noteMailed(tx, challengeId, isWanted, now);
    return { to: isWanted ? user.email : null, expiresAt: challenge?.expiresAt ?? now, now };
  });
  const { to, expiresAt, now } = prepared;
  const ttlSeconds = (expiresAt.getTime() - now.getTime()) / 1_000;
  const code = services.mailedCodes.codeOf(challengeId);
  const url = `${linkBase}/loginWithCode#code=${code}`;
  const rendered = renderTemplate(services.templates.loginCode({ code, url, ttlSeconds }));
  return to === null ? null : { to: mailboxOf(to), ...rendered };
}

/**
 * Counts a mail that a client asked for, by its recipient and kind, and tells whether there is room for it. Another
 * attempt to deliver the same mail is not counted.
 */
async function admit(
  tx: Tx,
  services: AccountServices,
  mail: QueuedMail,
  recipient: string,
  knownKey: KnownKey = null,
): Promise<boolean> {
  return mail.attempts > 0 || services.rateLimits.sent(tx, recipient, mail.template, knownKey);
}

/** The key by which a recipient is counted. */
function keyOf(email: string): string {
  const parsed = parseEmail(email);
  return parsed.kind === 'ok' ? parsed.key : email;
}

async function findUser(tx: Tx, emailKey: string): Promise<string | null> {
  const [user] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.emailKey, emailKey), isNull(users.deletedAt)));
  return user?.id ?? null;
}

/** Tells whether a mail still is in the outbox: a change of the password deletes mails, and one may be in hand here. */
async function isStillQueued(tx: Tx, id: string): Promise<boolean> {
  const [row] = await tx.select({ id: mails.id }).from(mails).where(eq(mails.id, id));
  return row !== undefined;
}

/**
 * Whether an account that never verified its email is to be claimed with a new password. Where emails must be verified, a
 * link that only verifies would let in the person who chose the password, perhaps a stranger.
 */
function isClaim({ requireVerifiedEmail }: AccountServices, queued: JobWithUser): boolean {
  return requireVerifiedEmail && queued.template === 'verifyEmail';
}

/** A notice and its like contain a way to a new password. */
function operationOf(services: AccountServices, queued: JobWithUser): AccountLinkOperation {
  if (isClaim(services, queued)) return 'resetPassword';
  return queued.template === 'verifyEmail' || queued.template === 'confirmEmailChange'
    ? queued.template
    : 'resetPassword';
}

/** Null when the mail is nothing without its link, and the link stands no longer. */
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
