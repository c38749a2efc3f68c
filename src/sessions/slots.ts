// The policy of slots, as pure functions: how many sessions a user may have at once, which slot a new one takes, and when
// time ends one. Every policy is one mechanism: the database allows one live session in a slot of a user.

import { type DeviceKind } from '../users/types.js';
import { type EndReason, type Session } from './types.js';

export interface SessionPolicy {
  /** The most live sessions in one scope; 0 for no limit. */
  readonly limit: number;
  /** Whether the limit counts over the whole user, or for each kind of device. */
  readonly scope: 'user' | 'device';
  /** Where the limit is reached, a login takes a slot, is refused, or is refused unless it asks to take one. */
  readonly overflow: 'supersede' | 'refuse' | 'ask';
  readonly ttlSeconds: number;
  /** How long a session may be unused; 0 for as long as it lives. */
  readonly idleSeconds: number;
}

/** The slot of a new session, and the live sessions that must end first. */
export type SlotChoice =
  | { readonly kind: 'chosen'; readonly slot: string; readonly evicted: readonly Session[] }
  /** The policy lets no login take a slot; these hold them, newest first. */
  | { readonly kind: 'full'; readonly holders: readonly Session[] };

/**
 * Chooses the slot of a new session.
 *
 * @param live the user's live sessions, none of them expired, in any order
 * @param id the new session's own id, its slot where there is no limit
 * @param takeover whether a login may take a slot although the policy asks first
 */
export function chooseSlot(
  live: readonly Session[],
  policy: SessionPolicy,
  kind: DeviceKind,
  id: string,
  takeover: boolean,
): SlotChoice {
  if (policy.limit === 0) return { kind: 'chosen', slot: id, evicted: [] };

  const oldestFirst = [...live].sort(bySignIn);
  const scopeOf = (session: Session) => (policy.scope === 'user' ? 'user' : session.device.kind);
  const ownScope = policy.scope === 'user' ? 'user' : kind;
  const holders = oldestFirst.filter((session) => scopeOf(session) === ownScope);
  const mayTake = policy.overflow === 'supersede' || (policy.overflow === 'ask' && takeover);
  if (holders.length >= policy.limit && !mayTake) return { kind: 'full', holders: holders.toReversed() };

  // A policy that was changed leaves sessions in slots it no longer has: those go first, oldest first, until
  // every scope is within its limit, the new session counted.
  const evicted: Session[] = [];
  const counts = new Map<string, number>([[ownScope, 1]]);
  for (const session of oldestFirst) counts.set(scopeOf(session), (counts.get(scopeOf(session)) ?? 0) + 1);
  for (const session of oldestFirst) {
    const scope = scopeOf(session);
    const count = counts.get(scope) ?? 0;
    if (count > policy.limit && !slotsOf(policy, session.device.kind).includes(session.slot)) {
      evicted.push(session);
      counts.set(scope, count - 1);
    }
  }

  const slots = slotsOf(policy, kind);
  const taken = new Map(
    holders.filter((session) => !evicted.includes(session)).map((held) => [held.slot, held]),
  );
  const free = slots.find((slot) => !taken.has(slot));
  if (free !== undefined) return { kind: 'chosen', slot: free, evicted };

  const oldest = holders.find((session) => !evicted.includes(session));
  if (oldest === undefined) throw new Error('a policy without slots');
  return { kind: 'chosen', slot: oldest.slot, evicted: [...evicted, oldest] };
}

/**
 * Tells why time has ended a session, and since when: past its lifetime, or unused for too long. Null while it has not.
 */
export function expiredReason(
  session: Pick<Session, 'expiresAt' | 'lastSeenAt'>,
  policy: SessionPolicy,
  now: Date,
): { readonly reason: EndReason & ('EXPIRED' | 'IDLE'); readonly at: Date } | null {
  if (session.expiresAt <= now) return { reason: 'EXPIRED', at: session.expiresAt };
  if (policy.idleSeconds === 0) return null;
  const idleAt = new Date(session.lastSeenAt.getTime() + policy.idleSeconds * 1_000);
  return idleAt <= now ? { reason: 'IDLE', at: idleAt } : null;
}

/** Tells when the session expires if it is not used until then. */
export function expiryOf(session: Pick<Session, 'expiresAt' | 'lastSeenAt'>, policy: SessionPolicy): Date {
  if (policy.idleSeconds === 0) return session.expiresAt;
  return new Date(
    Math.min(session.expiresAt.getTime(), session.lastSeenAt.getTime() + policy.idleSeconds * 1_000),
  );
}

/** Lists every slot that a session of this kind of device may have, the preferred one first. */
function slotsOf(policy: SessionPolicy, kind: DeviceKind): string[] {
  if (policy.limit === 1) return [policy.scope === 'user' ? 'only' : kind];
  const prefix = policy.scope === 'user' ? '' : `${kind}:`;
  return Array.from({ length: policy.limit }, (_, index) => `${prefix}${String(index + 1)}`);
}

function bySignIn(a: Session, b: Session): number {
  return a.signedInAt.getTime() - b.signedInAt.getTime() || (a.id < b.id ? -1 : 1);
}
