// Makes the mails about challenges. Which mail goes out, and whether any does, depends on whether the email has an account;
// the statements do not, so that neither a node nor the database reveals it by the time of its work.

import { type Tx } from '../../db/database.js';
import { type Message } from '../../mail/message.js';
import { type QueuedMail } from '../../mail/outboxWorker.js';
import { renderTemplate } from '../../mail/renderTemplate.js';
import { mailboxOf } from '../../users/email.js';
import { findUserId, lockUser, type UserRow } from '../../users/users.js';
import { type Challenge, type ChallengePurpose, findNamedChallenge, noteMailed } from '../challenges.js';
import { addLink, linkUrl, startLink } from '../emailLinks.js';
import { type AccountServices } from '../services.js';
import { admitMail, type EmailChallenge, isStillQueued, withNotice } from './outbox.js';

/**
 * Makes the mail about a registration: its code and link, or for a taken email the notice that there is an account. Both
 * count as one kind.
 *
 * @returns null where neither is to be sent
 */
export async function composeRegistration(
  services: AccountServices,
  linkBase: string,
  mail: QueuedMail,
  queued: EmailChallenge,
): Promise<Message | null> {
  const { emailKey, to, challengeId } = queued;
  const noUser = mail.id;
  const prepared = await services.database.transact(async (tx) => {
    const { owner, challenge } = await lockOwner(tx, services, mail, 'registration', queued);
    const now = services.clock.now();
    // A disabled account gets no link.
    const isCalledFor = challenge !== null && (owner?.disabledAt ?? null) === null;
    const isWanted = (await admitMail(tx, services, mail, isCalledFor ? emailKey : noUser)) && isCalledFor;
    const userId = isWanted && owner !== null ? owner.id : noUser;
    const operation = 'resetPassword';
    addLink(tx, services, { jti: mail.id, userId, operation, payload: withNotice }, now);
    const link = await startLink(tx, services, mail.id, operation, now);
    noteMailed(tx, challengeId, isWanted && owner === null, now);
    return isWanted ? { owner, link, now, expiresAt: challenge.expiresAt } : null;
  });
  if (prepared === null) return null;

  const { owner, link, now, expiresAt } = prepared;
  if (owner !== null) {
    const operation = 'resetPassword';
    const signed = link && ({ operation, userId: owner.id, linkId: mail.id, ...link } as const);
    const ttlSeconds = services.linkTtlSeconds[operation];
    const facts = signed && { url: linkUrl(services, linkBase, signed, now), ttlSeconds };
    const rendered = renderTemplate(services.templates.emailTaken(facts));
    return owner.email === null ? null : { to: mailboxOf(owner.email), ...rendered };
  }
  // There is no user yet: the challenge stands in the token for the user and for the link.
  const signed = {
    operation: 'completeRegistration',
    userId: challengeId,
    linkId: challengeId,
    expiresAt,
  } as const;
  const facts = {
    url: linkUrl(services, linkBase, signed, now),
    ttlSeconds: secondsBetween(now, expiresAt),
    code: services.mailedCodes.codeOf(challengeId),
  };
  return { to: mailboxOf(to), ...renderTemplate(services.templates.completeRegistration(facts)) };
}

/**
 * Makes the mail with a code for signing in. Its link has nothing but the code, in the fragment, which no browser sends to a
 * server: only a page that holds the challenge's token can use it.
 *
 * @returns null where no account has the email, or none is to get a code
 */
export async function composeLoginCode(
  services: AccountServices,
  linkBase: string,
  mail: QueuedMail,
  queued: EmailChallenge,
): Promise<Message | null> {
  const { emailKey, challengeId, knownKey } = queued;
  const { to, expiresAt, now } = await services.database.transact(async (tx) => {
    const { owner, challenge } = await lockOwner(tx, services, mail, 'emailCode', queued);
    const isCalledFor = challenge?.isVoid === false && owner?.disabledAt === null;
    const recipient = isCalledFor ? emailKey : mail.id;
    const isWanted = (await admitMail(tx, services, mail, recipient, knownKey)) && isCalledFor;
    const now = services.clock.now();
    noteMailed(tx, challengeId, isWanted, now);
    return { to: isWanted ? owner.email : null, expiresAt: challenge?.expiresAt ?? now, now };
  });
  const code = services.mailedCodes.codeOf(challengeId);
  const url = `${linkBase}/loginWithCode#code=${code}`;
  const facts = { code, url, ttlSeconds: secondsBetween(now, expiresAt) };
  const rendered = renderTemplate(services.templates.loginCode(facts));
  return to === null ? null : { to: mailboxOf(to), ...rendered };
}

/**
 * Locks the user who has the email of a challenge, and reads the challenge behind the lock.
 *
 * @returns `owner` is null where no account has the email; `challenge` is null where it is no longer open, or the mail is no
 *   longer in the outbox
 */
async function lockOwner(
  tx: Tx,
  { clock }: Pick<AccountServices, 'clock'>,
  mail: QueuedMail,
  purpose: ChallengePurpose,
  { emailKey, challengeId }: EmailChallenge,
): Promise<{ readonly owner: UserRow | null; readonly challenge: Challenge | null }> {
  // No user has the id of the mail: with it a statement finds nothing.
  const found = (await findUserId(tx, emailKey)) ?? mail.id;
  const [user, isQueued, challenge] = await Promise.all([
    lockUser(tx, found),
    isStillQueued(tx, mail.id),
    findNamedChallenge(tx, clock, { purpose, id: challengeId }),
  ]);
  return {
    // The email may have passed to another account while the lock was waited for.
    owner: user?.emailKey === emailKey ? user : null,
    challenge: isQueued && challenge?.state === 'open' ? challenge : null,
  };
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1_000;
}
