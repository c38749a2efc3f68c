// Prints an account for an operator, or as JSON for a script.

import { type AccountReport } from '../auth/admin.js';
import { type Session } from '../sessions/types.js';

/**
 * Characters that end a line, are not seen, or move a terminal's cursor. Names and user agents are a client's own texts, and
 * header bytes from 0x80 on are control characters to some terminals.
 */
const unseen = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** One JSON object on one line; times are RFC 3339 in UTC. Unseen characters are escaped. */
export function asJson(report: AccountReport): string {
  const { user, disabledAt, live, ended, identities, passkeys, earlierOwners } = report;
  const { factors, recoveryCodesLeft } = report;
  const { id, email, emailVerifiedAt, createdAt, lastLoginAt } = user;
  const account = { id, email, emailVerifiedAt, createdAt, lastLoginAt, disabledAt };
  const json = JSON.stringify({
    account,
    liveSessions: live.map(plain),
    endedSessions: ended.map(plain),
    identities: identities.map(({ id, provider, issuer, subject, email, createdAt, lastUsedAt }) => ({
      id,
      provider,
      issuer,
      subject,
      email,
      createdAt,
      lastUsedAt,
    })),
    factors,
    recoveryCodesLeft,
    passkeys,
    earlierOwners,
  });
  return json.replaceAll(unseen, escape);
}

function escape(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

function plain(session: Session) {
  const { id, device, ipAddress, userAgent, signedInAt, lastSeenAt, expiresAt, endedAt, endReason } = session;
  return { id, device, ipAddress, userAgent, signedInAt, lastSeenAt, expiresAt, endedAt, endReason };
}

/** Prints an account in a few lines. */
export function asText({ user, disabledAt, live, ended, identities, earlierOwners }: AccountReport): string {
  const lines = [
    user.email,
    field('id', user.id),
    field('state', disabledAt === null ? 'active' : `disabled since ${at(disabledAt)}`),
    field('email', user.emailVerifiedAt === null ? 'not verified' : `verified ${at(user.emailVerifiedAt)}`),
    field('created', at(user.createdAt)),
    field('last sign-in', user.lastLoginAt === null ? 'never' : at(user.lastLoginAt)),
    field('live sessions', String(live.length)),
    ...live.map(
      (session) =>
        `    ${session.id}  ${device(session)}, signed in ${at(session.signedInAt)}${from(session)}`,
    ),
  ];
  if (ended.length > 0) {
    lines.push(
      field('just ended', String(ended.length)),
      ...ended.map((session) => `    ${session.id}  ${device(session)}, ${session.endReason ?? ''}`),
    );
  }
  if (identities.length > 0) {
    lines.push(
      field('identities', String(identities.length)),
      ...identities.map(
        ({ id, provider, email, createdAt }) =>
          `    ${id}  ${provider}${email === null ? '' : ` ${quoted(email)}`}, linked ${at(createdAt)}`,
      ),
    );
  }
  if (earlierOwners.length > 0) {
    lines.push(field('email before', 'of other accounts'), ...earlierOwners.map((id) => `    ${id}`));
  }
  return lines.join('\n');
}

/** Prints the second factors and the passkeys of an account. */
export function factorsText({ user, factors, recoveryCodesLeft, passkeys }: AccountReport): string {
  const used = (lastUsedAt: Date | null) => (lastUsedAt === null ? 'not used' : `used ${at(lastUsedAt)}`);
  const lines = factors.map(({ method, createdAt, lastUsedAt }) =>
    field(method, `since ${at(createdAt)}, ${used(lastUsedAt)}`),
  );
  const codes = lines.length === 0 ? [] : [field('recovery', `${String(recoveryCodesLeft)} codes left`)];
  const keys = passkeys.map(({ name, synced, createdAt, lastUsedAt }) =>
    field(
      'PASSKEY',
      `${quoted(name)}${synced ? ', synced' : ''}, since ${at(createdAt)}, ${used(lastUsedAt)}`,
    ),
  );
  return [user.email, ...(lines.length === 0 ? [field('factors', 'none')] : lines), ...codes, ...keys].join(
    '\n',
  );
}

function field(name: string, value: string): string {
  return `  ${name.padEnd(14)}${value}`;
}

function at(moment: Date): string {
  return moment.toISOString();
}

function from({ ipAddress }: Session): string {
  return ipAddress === null ? '' : ` from ${ipAddress}`;
}

function device({ device: { kind, name } }: Session): string {
  return name === null ? kind : `${kind} ${quoted(name)}`;
}

/** Quotes a name. A quotation mark in it is escaped: the name must not pass for the text behind it. */
function quoted(text: string): string {
  return JSON.stringify(text.replaceAll(unseen, '\u{fffd}'));
}
