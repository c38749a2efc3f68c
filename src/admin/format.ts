// An account as an operator reads it, or as a script does.

import { type AccountReport } from '../accounts/operator.js';
import { type Session } from '../sessions/types.js';

/** One JSON object on one line; times are RFC 3339 in UTC. */
export function asJson({ user, disabledAt, live, ended }: AccountReport): string {
  const { id, email, emailVerifiedAt, createdAt, lastLoginAt } = user;
  const account = { id, email, emailVerifiedAt, createdAt, lastLoginAt, disabledAt };
  return JSON.stringify({ account, liveSessions: live.map(plain), endedSessions: ended.map(plain) });
}

function plain(session: Session) {
  const { id, device, ipAddress, userAgent, signedInAt, lastSeenAt, expiresAt, endedAt, endReason } = session;
  return { id, device, ipAddress, userAgent, signedInAt, lastSeenAt, expiresAt, endedAt, endReason };
}

/** A few lines of text. */
export function asText({ user, disabledAt, live, ended }: AccountReport): string {
  const lines = [
    user.email,
    field('id', user.id),
    field('state', disabledAt === null ? 'active' : `disabled since ${at(disabledAt)}`),
    field('address', user.emailVerifiedAt === null ? 'not verified' : `verified ${at(user.emailVerifiedAt)}`),
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
  return lines.join('\n');
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

/** The name is whatever a client sent: nothing in it may turn the terminal's lines about. */
function device({ device: { kind, name } }: Session): string {
  if (name === null) return kind;
  const harmless = name.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
  return `${kind} "${harmless}"`;
}
