// The services of the acts on accounts, on top of those of the acts on sessions.

import { type FailureRecorder } from '../audit/events.js';
import { ServiceUnavailableError } from '../common/errors.js';
import { networksOf } from '../common/networks.js';
import { type SealingKeys } from '../common/sealing.js';
import { type Tx } from '../db/database.js';
import { type OutboxWorker } from '../mail/outboxWorker.js';
import { type Templates } from '../mail/templates.js';
import { type BreachedPasswords } from '../passwords/breached.js';
import { type Hasher } from '../passwords/hasher.js';
import { type PasswordRules } from '../passwords/policy.js';
import { type RateLimits } from '../rateLimit/rateLimits.js';
import { type EndWatcher } from '../sessions/endWatcher.js';
import { type SessionServices } from '../sessions/services.js';
import { type Tickets } from '../tickets/tickets.js';
import { type LinkOperation, type LinkTokens } from '../tokens/linkToken.js';
import { type MailedCodes } from '../tokens/mailedCode.js';
import { type ClientInfo, type User } from '../users/types.js';
import { type RelyingParty } from './factors/webauthn.js';
import { type Providers } from './providers/registry.js';

/** The hooks of a team in the transactions of this service. */
export interface Hooks {
  /**
   * Writes the team's own rows of a new account, in the transaction that creates it. What it throws keeps the account
   * from being created.
   */
  readonly registered: (tx: Tx, user: Pick<User, 'id' | 'email'>) => Promise<void>;
  /**
   * Deletes or anonymises the team's own rows of an account, in the transaction of its deletion. What it throws keeps
   * the account. It has to be quick: the user's row is locked, and the person waits for the answer.
   */
  readonly deleted: (tx: Tx, userId: string) => Promise<void>;
}

/** Erases what is left of a deleted account, behind the answer. */
export interface Eraser {
  /** Begins to erase; called after the commit. Never throws. */
  begin(userId: string): void;
  /**
   * Erases, or waits for the erasure of the same account that is under way on this node.
   *
   * @throws DatabaseUnavailable when it could not go on
   */
  finish(userId: string): Promise<void>;
}

export interface AccountServices extends SessionServices {
  readonly endWatcher: EndWatcher;
  readonly on: Hooks;
  readonly eraser: Eraser;
  readonly passwords: Hasher;
  readonly rateLimits: RateLimits;
  /** Records what is refused without a transaction. */
  readonly failureRecorder: FailureRecorder;
  /** The rules for a new password, whichever account it is for. */
  readonly passwordRules: Omit<PasswordRules, 'email'>;
  /** The sets of breached passwords; null where the settings name none. */
  readonly isBreached: BreachedPasswords | null;
  /** Woken after a commit that enqueues a mail; null when there is no way to send any. */
  readonly mail: Pick<OutboxWorker, 'wake'> | null;
  /** The texts of the mails. */
  readonly templates: Templates;
  /** The service's name, as authenticator apps show it. */
  readonly appName: string;
  readonly linkTokens: LinkTokens;
  readonly mailedCodes: MailedCodes;
  /** Seal secrets in the database; null where DATA_KEY is not set. */
  readonly dataKeys: SealingKeys | null;
  /** The service as authenticators know it; null where users have no passkeys. */
  readonly passkeys: RelyingParty | null;
  /** Null where the settings do not name them. */
  readonly tickets: Tickets | null;
  /** The providers that people sign in with; none where the settings name none. */
  readonly providers: Providers;
  /** How long an emailed link works, in seconds. */
  readonly linkTtlSeconds: Readonly<Record<LinkOperation, number>>;
  /** Whether users may sign in only after their email is verified; registering then never tells whether it is taken. */
  readonly requireVerifiedEmail: boolean;
  /** Whether users may sign in by a code that is mailed. */
  readonly emailCodeLogin: boolean;
  /** Whether the owner hears of a sign-in that superseded another, or came from a new kind of device. */
  readonly loginNotices: boolean;
}

/** The services that a notice to an owner needs. */
export type NoticeServices = Pick<AccountServices, 'mail' | 'rateLimits' | 'linkTtlSeconds'>;

/** Nothing can be sealed or opened: DATA_KEY is not set, or is not the one that sealed it. */
export class DataKeyUnavailable extends ServiceUnavailableError {
  override readonly name = 'DataKeyUnavailable';
}

/**
 * Gives the keys that seal secrets, for an act that is nothing without them.
 *
 * @throws DataKeyUnavailable where DATA_KEY is not set
 */
export function requireDataKeys({ dataKeys }: Pick<AccountServices, 'dataKeys'>): SealingKeys {
  if (dataKeys === null) throw new DataKeyUnavailable('Nothing can be sealed: DATA_KEY is not set.');
  return dataKeys;
}

/**
 * The services for one request: its work ends within `databaseMs` of database time, and waits in turn with that of other
 * networks. Of the networks of an IPv6 address the widest counts: a client with a /48 is one requester.
 *
 * @param isAbandoned whether the client has gone: no password that still waits is then hashed for it
 */
export function servicesFor(
  all: AccountServices,
  { ip }: ClientInfo,
  databaseMs: number,
  isAbandoned?: () => boolean,
): AccountServices {
  const requester = networksOf(ip).at(-1) ?? '';
  return {
    ...all,
    database: all.database.within(databaseMs, requester),
    passwords: all.passwords.forRequester(requester, isAbandoned),
  };
}
