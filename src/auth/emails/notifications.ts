// Tells the owner of an account what happened to it. Without a way to send mail nobody is told.

import { type Tx } from '../../db/database.js';
import { type Device, type Origin } from '../../sessions/types.js';
import { oweNotice, type OwedNotice } from './enqueue.js';
import { type AccountServices } from '../services.js';

/** What happened, to whose account, and from where. */
export interface Occasion {
  readonly template: OwedNotice['template'];
  readonly userId: string;
  readonly origin: Origin;
  /** Null where the act says nothing of it. */
  readonly device: Device | null;
  readonly superseded?: boolean;
  /** The address to tell; left out for the account's own. */
  readonly to?: string;
  /** What the link for "that was not me" does besides. */
  readonly undo?: object;
}

/** What one can bring about as often as one likes with a password that is right. */
const repeatable: ReadonlySet<Occasion['template']> = new Set(['newLogin', 'passwordChanged']);

/**
 * Owes the notice in the transaction of what happened, unless there were too many of its kind lately; the caller holds
 * the user's lock, and pokes after it.
 */
export async function notify(
  tx: Tx,
  services: AccountServices,
  { template, userId, origin, device, superseded = false, to, undo }: Occasion,
  now: Date,
): Promise<void> {
  if (services.mail === null) return;
  if (repeatable.has(template) && !(await services.limits.notice(tx, userId, template))) return;
  const owed: OwedNotice = {
    kind: 'notice',
    template,
    userId,
    to: to ?? null,
    at: now,
    address: origin.address,
    userAgent: origin.userAgent,
    device: device && describe(device),
    superseded,
  };
  await oweNotice(tx, services, owed, now, undo);
}

const kinds = {
  WEB: 'a browser',
  DESKTOP: 'a desktop or laptop',
  MOBILE: 'a phone',
  TABLET: 'a tablet',
  TV: 'a television',
  OTHER: null,
} as const satisfies Record<Device['kind'], string | null>;

/** As the device described itself; null when it did not. */
function describe({ kind, name }: Device): string | null {
  const said = kinds[kind];
  if (name === null) return said;
  return said === null ? name : `${name} (${said})`;
}
