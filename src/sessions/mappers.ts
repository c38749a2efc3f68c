// From rows to values. The look-up reads its own rows (see lookup.ts).

import { type InferSelectModel } from 'drizzle-orm';

import { type sessions, type users } from '../db/schema.js';
import { type Session, type User } from './types.js';

export type SessionRow = InferSelectModel<typeof sessions>;
export type UserRow = InferSelectModel<typeof users>;

export function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    userId: row.userId,
    slot: row.slot,
    device: { kind: row.deviceKind, name: row.deviceName },
    userAgent: row.userAgent,
    ipAddress: row.ip,
    signedInAt: row.signedInAt,
    lastSeenAt: row.lastSeenAt,
    expiresAt: row.expiresAt,
    endedAt: row.endedAt,
    endReason: row.endReason,
    supersededBy: row.supersededBy,
  };
}

/** @param row of an account that has not been deleted */
export function toUser(row: Pick<UserRow, keyof User>): User {
  if (row.email === null) throw new Error('a deleted account has no user');
  return {
    id: row.id,
    email: row.email,
    emailVerifiedAt: row.emailVerifiedAt,
    createdAt: row.createdAt,
    lastLoginAt: row.lastLoginAt,
  };
}
