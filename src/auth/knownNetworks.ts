// The networks from which the owner of an account signs in. Strangers who use up the account's attempts do not lock out
// its owner there.

import { eq } from 'drizzle-orm';

import { type Tx } from '../db/database.js';
import { knownNetworks } from '../db/schema.js';
import { type AccountServices } from './services.js';

/** An account and a network that is known to it; null where nothing is counted. */
export type KnownKey = string | null;

/** Remembers a network from which a session was opened. The caller holds the user's lock. */
export async function rememberNetwork(tx: Tx, key: KnownKey, userId: string, now: Date): Promise<void> {
  if (key === null) return;
  const seen = { userId, seenAt: now };
  await tx
    .insert(knownNetworks)
    .values({ key, ...seen })
    .onConflictDoUpdate({ target: knownNetworks.key, set: seen });
}

/** Forgets every network of an account. The caller holds the user's lock. */
export async function forgetNetworks(tx: Tx, userId: string): Promise<void> {
  await tx.delete(knownNetworks).where(eq(knownNetworks.userId, userId));
}

/**
 * The owner has proved who they are by a link: forgets the networks of whoever used the account before, and what was
 * counted against it, and remembers the network that the link was used from. The caller holds the user's lock.
 */
export async function trustOwner(
  tx: Tx,
  services: AccountServices,
  owner: { readonly id: string; readonly emailKey: string | null },
  ip: string | null,
  now: Date,
): Promise<void> {
  await forgetNetworks(tx, owner.id);
  if (owner.emailKey === null) return;
  await rememberNetwork(tx, await services.limits.knownKey(owner.emailKey, ip), owner.id, now);
  await services.limits.clear(tx, owner.emailKey, ip);
}
