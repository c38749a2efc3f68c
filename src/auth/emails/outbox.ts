// The outbox: an act writes a mail as a row in its own transaction, so that neither is there without the other. The row says
// who the mail goes to and what happened, never a token or a link; the id of a notice is the id of its link. A worker
// claims a row by moving the time at which it is due, and deletes it when the mail has been handed on; a claim that is not
// renewed runs out by itself.

import { randomUUID } from 'node:crypto';

import { and, gt, inArray, or, sql, eq, lte } from 'drizzle-orm';
import { z } from 'zod';

import { type Tx, type Database } from '../../db/database.js';
import { mails } from '../../db/schema/index.js';
import { inUuids } from '../../db/queries.js';
import { MailUnavailable } from '../../mail/message.js';
import { type Outbox, type QueuedMail } from '../../mail/outboxWorker.js';
import { type AccountLinkOperation } from '../../tokens/linkToken.js';
import { voidChallenges, voidChallengesOfEmail } from '../challenges.js';
import { addLink, findOpenLink, type NewLink, voidLinks, voidLinksButUndo } from '../emailLinks.js';
import { type AccountServices } from '../services.js';

const moment = z.iso.datetime().transform((text) => new Date(text));
const orNull = z.string().nullable();

/** A signed-in user asked for a link; its row is on record already. */
const link = z.object({
  kind: z.literal('link'),
  template: z.enum(['verifyEmail', 'confirmEmailChange']),
  userId: z.uuid(),
  linkId: z.uuid(),
  /** Null for the email that the account has when the mail is made. */
  to: orNull,
});

/** A client named an email; whether it has an account is looked up when the mail is made. */
const request = z.object({
  kind: z.literal('request'),
  template: z.enum(['verifyEmail', 'resetPassword']),
  emailKey: z.string(),
  /**
   * Whether the password of the refused login behind the mail was right; null where the mail was asked for. After a wrong
   * one nothing is sent.
   */
  login: z.enum(['right', 'wrong']).nullable(),
});

/**
 * A client began what only the owner of an email completes. Whether the email has an account is looked up when the mail is
 * made, and the code and the link are made then.
 */
const challenge = z.object({
  kind: z.literal('challenge'),
  template: z.enum(['completeRegistration', 'loginCode']),
  emailKey: z.string(),
  /** The email as the client gave it. */
  to: z.string(),
  challengeId: z.uuid(),
  /** Of the network that asked, which may be known to the account; null where that has no say. */
  knownKey: orNull,
});

/** When and from where something was done to an account. */
const facts = { at: moment, ip: orNull, program: orNull, device: orNull };

/** Something happened of which the owner of the account is notified. */
const notice = z.object({
  kind: z.literal('notice'),
  template: z.enum([
    'newLogin',
    'passwordSet',
    'passwordChanged',
    'passwordReset',
    'emailChanged',
    'passkeyAdded',
    'passkeyRemoved',
    'factorAdded',
    'factorRemoved',
    'recoveryCodesRenewed',
    'recoveryCodeUsed',
    'factorsReset',
    'identityLinked',
    'identityUnlinked',
  ]),
  userId: z.uuid(),
  /** Null for the email that the account has when the mail is made. */
  to: orNull,
  ...facts,
  /** Whether a session was signed out for it; of logins only. */
  superseded: z.boolean(),
});

/** An account was deleted. Only this row still holds the email; the outbox removes it when the mail has been sent. */
const deletion = z.object({
  kind: z.literal('deletion'),
  template: z.literal('accountDeleted'),
  to: z.string(),
  ...facts,
});

export const queuedMail = z.discriminatedUnion('kind', [link, request, challenge, notice, deletion]);

export type EmailJob = z.output<typeof queuedMail>;
export type EmailRequest = z.output<typeof request>;
export type EmailChallenge = z.output<typeof challenge>;
export type EmailNotice = z.output<typeof notice>;
export type EmailDeletion = z.output<typeof deletion>;

/**
 * Checks that mail can be sent, for an act that is useless without it.
 *
 * @throws MailUnavailable when there is no way to
 */
export function requireMail(services: AccountServices): void {
  if (services.mail === null) throw new MailUnavailable();
}

/** Which link is mailed, and the email it goes to; null for the account's own. */
interface EmailLinkJob {
  readonly operation: 'verifyEmail' | 'confirmEmailChange';
  readonly to: string | null;
}

/**
 * Enqueues a mail: it is sent from the commit of the transaction on, and the worker is to be woken then.
 *
 * @returns the mail's id
 */
export function enqueueRequest(tx: Tx, { template, ...payload }: EmailJob, now: Date): string {
  const id = randomUUID();
  tx.send(tx.insert(mails).values({ id, template, payload, createdAt: now, dueAt: now }));
  return id;
}

/**
 * Enqueues a mail with a link for a user whose lock the caller holds. Asked for again, the open link is mailed again; every
 * other link of the operation is voided.
 */
export async function enqueueLink(
  tx: Tx,
  services: AccountServices,
  { to, operation, ...link }: Omit<NewLink, 'jti'> & EmailLinkJob,
  now: Date,
): Promise<void> {
  const { userId } = link;
  const linkId = (await findOpenLink(tx, userId, operation, link.payload ?? null)) ?? randomUUID();
  withdraw(tx, userId, null, [operation]);
  enqueueRequest(tx, { kind: 'link', template: operation, userId, linkId, to }, now);
  voidLinks(tx, userId, now, { operation, except: linkId });
  addLink(tx, services, { ...link, jti: linkId, operation }, now);
}

/** Enqueues a notice, with a link to a new password for an owner who did not do it. The caller holds the user's lock. */
export function enqueueNotice(
  tx: Tx,
  services: Pick<AccountServices, 'linkTtlSeconds'>,
  queued: EmailNotice,
  now: Date,
  undo: Undo | null,
): void {
  const jti = enqueueRequest(tx, queued, now);
  const payload = undo === null ? withNotice : { ...withNotice, undo };
  addLink(tx, services, { jti, userId: queued.userId, operation: 'resetPassword', payload }, now);
}

/** The payload of a link that comes with a notice, without having been asked for. */
export const withNotice = { notice: true };

/** The changes that the link of a notice undoes, beside setting a password. */
const undo = z.object({
  /** Whether the account had an authenticator app. Where it had none, one that was added since goes. */
  hadTotp: z.boolean(),
  /** The email to give back; null where it was not changed. */
  restore: z.object({ email: z.string(), emailKey: z.string() }).nullable(),
});

export type Undo = z.output<typeof undo>;

/** Reads what a link undoes from its payload; null for a link that undoes nothing. */
export function undoOf(payload: unknown): Undo | null {
  return z.object({ undo }).safeParse(payload).data?.undo ?? null;
}

const everyLink: readonly AccountLinkOperation[] = ['verifyEmail', 'resetPassword', 'confirmEmailChange'];

/**
 * Voids every open link and challenge of a user, and the links that are still to be mailed: what they rest on, the password
 * or the email, has changed. Only links that undo something stay, so that a thief cannot void those of the owner. The caller
 * holds the user's lock.
 *
 * @param emailKey the email by which links may have been asked for
 */
export function voidLinksAndChallenges(tx: Tx, userId: string, emailKey: string | null, now: Date): void {
  voidLinksButUndo(tx, userId, now);
  voidChallenges(tx, userId);
  if (emailKey !== null) voidChallengesOfEmail(tx, emailKey, now);
  withdraw(tx, userId, emailKey, everyLink);
}

/**
 * Deletes mails to a user from the outbox before they are made. The outbox is short: no index finds a row by its payload.
 *
 * @param templates which mails; null for all
 */
export function withdraw(
  tx: Tx,
  userId: string,
  emailKey: string | null,
  templates: readonly string[] | null,
): void {
  const isForUser = or(
    sql`${mails.payload}->>'userId' = ${userId}`,
    emailKey === null ? undefined : sql`${mails.payload}->>'emailKey' = ${emailKey}`,
  );
  tx.send(
    tx
      .delete(mails)
      .where(and(isForUser, templates === null ? undefined : inArray(mails.template, [...templates]))),
  );
}

/**
 * Tells whether a mail still is in the outbox: a change of the password deletes mails, and one of them may be in the worker's
 * hands.
 */
export async function isStillQueued(tx: Tx, id: string): Promise<boolean> {
  const [row] = await tx.select({ id: mails.id }).from(mails).where(eq(mails.id, id));
  return row !== undefined;
}

/**
 * Counts a mail that a client asked for, by its recipient and kind, and tells whether there is room for it. Another
 * attempt to deliver the same mail is not counted.
 */
export async function admitMail(
  tx: Tx,
  services: AccountServices,
  mail: Pick<QueuedMail, 'attempts' | 'template'>,
  recipient: string,
  knownKey: string | null = null,
): Promise<boolean> {
  return mail.attempts > 0 || services.rateLimits.sent(tx, recipient, mail.template, knownKey);
}

/** Gives the outbox to the worker; each of its parts throws DatabaseUnavailable when the table cannot be reached. */
export function createOutbox(database: Database): Outbox {
  return {
    claim: (most, now, until, latest) =>
      database.transact(async (tx) => {
        const due = await tx
          .select({ id: mails.id })
          .from(mails)
          .where(or(lte(mails.dueAt, now), gt(mails.dueAt, latest)))
          .orderBy(mails.dueAt)
          .limit(most)
          // Rows that another node is just claiming are passed over.
          .for('update', { skipLocked: true });
        if (due.length === 0) return [];
        const ids = due.map(({ id }) => id);
        return tx.update(mails).set({ dueAt: until }).where(inUuids(mails.id, ids)).returning({
          id: mails.id,
          template: mails.template,
          payload: mails.payload,
          createdAt: mails.createdAt,
          attempts: mails.attempts,
        });
      }),

    async moveDue(ids, dueAt) {
      if (ids.length === 0) return;
      const these = inUuids(mails.id, ids);
      await database.read((db) => db.update(mails).set({ dueAt }).where(these));
    },

    async postpone(id, dueAt) {
      const again = { dueAt, attempts: sql`${mails.attempts} + 1` };
      await database.read((db) => db.update(mails).set(again).where(eq(mails.id, id)));
    },

    async remove(id) {
      await database.read((db) => db.delete(mails).where(eq(mails.id, id)));
    },
  };
}
