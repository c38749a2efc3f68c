// The options of createHufu, as a team writes them. They are grouped as the settings of the standalone node are.

import { type Hooks } from '../auth/services.js';
import { type Clock } from '../common/clock.js';
import { type Message } from '../mail/message.js';
import { type Templates } from '../mail/templates.js';
import { type HostLog } from '../observability/log.js';
import { type HostRegistry } from '../observability/metrics.js';
import { type PostgresClient } from './postgresClient.js';

/** The options that settings of the standalone node stand for; null is the same as left out. */
export interface SettingOptions {
  /** `production` demands secrets that are hard to guess, and writes no mail to a file. Default `development`. */
  readonly environment?: 'development' | 'test' | 'production' | null;
  readonly database?: DatabaseOptions;
  readonly tokens?: TokenOptions;
  readonly session?: SessionOptions;
  readonly retention?: RetentionOptions;
  readonly passwords?: PasswordOptions;
  readonly app?: AppOptions;
  readonly mail?: MailOptions;
  readonly auth?: AuthOptions;
  readonly passkeys?: PasskeyOptions;
  readonly providers?: ProvidersOptions;
  /** Null counts no attempts: passwords can then be guessed without end. */
  readonly rateLimits?: RateLimitOptions | null;
  readonly graphql?: GraphqlOptions;
  readonly http?: HttpOptions;
}

export interface DatabaseOptions {
  /** A URL such as `postgres://user:password@host:5432/database`. Left out, the database is embedded. */
  readonly url?: string | null;
  /** Leads past a pooler to the same database. */
  readonly directUrl?: string | null;
  /** For how long a pooler leaves a session of the server to a connection. Default `transaction`. */
  readonly poolMode?: 'transaction' | 'session' | null;
  /** The most connections for operations; six more are for look-ups, events and migrations. Default 10. */
  readonly poolSize?: number | null;
  /** The folder of the embedded database. Default `.data`. */
  readonly dataDir?: string | null;
}

export interface HostDatabaseOptions extends DatabaseOptions {
  /**
   * A client of postgres.js in place of a URL. Hufu reads the server, the database and the user from its options, and opens
   * connections of its own. It neither uses nor ends the client.
   */
  readonly client?: PostgresClient | null;
}

export interface TokenOptions {
  /** At least 32 bytes, the same on every node. Only the embedded database in development makes one by itself. */
  readonly secret?: string | null;
  /** Accepted beside `secret` during a rotation. */
  readonly previousSecret?: string | null;
  /** Seals the secrets that the database holds, such as those of second factors; at least 32 bytes. */
  readonly dataKey?: string | null;
  /** Opens secrets that the earlier key has sealed, during a rotation. */
  readonly previousDataKey?: string | null;
  /** Default `hufu`. */
  readonly issuer?: string | null;
  /** Default `hufu`. */
  readonly audience?: string | null;
}

export interface SessionOptions {
  /** Live sessions that a user may have; 0 for no limit. Default 1. */
  readonly limit?: number | null;
  /** Whether the limit holds for the user, or for each kind of device. Default `user`. */
  readonly scope?: 'user' | 'device' | null;
  /** The effect of a login beyond the limit. Default `supersede`. */
  readonly overflow?: 'supersede' | 'refuse' | 'ask' | null;
  /** How long a session lives, in seconds. Default 30 days. */
  readonly ttlSeconds?: number | null;
  /** How long a session may be unused, in seconds; 0 for any time. Default 0. */
  readonly idleSeconds?: number | null;
}

export interface RetentionOptions {
  /** For how many days an ended session stays on record. Default 90. */
  readonly sessionHistoryDays?: number | null;
  /** For how many days a security event stays on record. Default 365. */
  readonly securityEventsDays?: number | null;
}

export interface PasswordOptions {
  /** The fewest characters of a new password. Default 8. */
  readonly minLength?: number | null;
  /** How many passwords are hashed at once. Default: what cores and memory allow. */
  readonly hashConcurrency?: number | null;
  /** The path of a file of breached passwords. */
  readonly breachedFile?: string | null;
  /** The URL of a range API of breached passwords. */
  readonly breachedApi?: string | null;
}

export interface AppOptions {
  /** The name of the service in mails and on link pages. Default `Hufu`. */
  readonly name?: string | null;
  /** Where link pages lead back to. */
  readonly url?: string | null;
  /** Where clients reach the server that serves the link pages. */
  readonly publicUrl?: string | null;
}

export interface MailOptions {
  /** A URL such as `smtp://user:password@mail.example.com:587`. */
  readonly smtpUrl?: string | null;
  readonly smtpTls?: 'required' | 'opportunistic' | null;
  /** A sender such as `Example <accounts@example.com>`. */
  readonly from?: string | null;
  /** The URL that the links in mails begin with, where a front end of your own takes them. */
  readonly linkBaseUrl?: string | null;
}

export interface AuthOptions {
  /** How long an emailed link works, in seconds. */
  readonly linkTtlSeconds?: {
    readonly verifyEmail?: number | null;
    readonly resetPassword?: number | null;
    readonly confirmEmailChange?: number | null;
  };
  /** Whether users may sign in only after they have verified their email. Default false. */
  readonly requireVerifiedEmail?: boolean | null;
  /** Whether users may sign in by a code that is mailed. Default false. */
  readonly emailCodeLogin?: boolean | null;
  /** Whether the owner is mailed about an unusual sign-in. Default true. */
  readonly loginNotices?: boolean | null;
}

/** In development passkeys work on this machine without any. */
export interface PasskeyOptions {
  /** The domain that passkeys are made for, such as `example.com`. */
  readonly rpId?: string | null;
  /** The origins of the pages and apps that may use passkeys, exactly. */
  readonly origins?: readonly string[] | null;
}

/** The providers that people sign in with, by their names: `google`, `microsoft`, `apple`, `github`, or a name of your own. */
export interface ProvidersOptions {
  /** The URLs of front ends that people return to, compared exactly; required with a provider. */
  readonly redirectUris?: readonly string[] | null;
  /** The providers whose verified e-mails count as verified. Default: `google`, `apple` and `github`, where they are used. */
  readonly verifyingEmail?: readonly string[] | null;
  readonly [name: Lowercase<string>]: ProviderOptions | null | undefined;
}

export interface ProviderOptions {
  /** The https URL of the issuer; required where the provider has a name of your own. */
  readonly issuer?: string | null;
  readonly clientId?: string | null;
  readonly clientSecret?: string | null;
  /** Separated by spaces. Default `openid email`, or what the provider needs for the e-mail. */
  readonly scopes?: string | null;
  /** These three are of Apple, instead of a secret. */
  readonly teamId?: string | null;
  readonly keyId?: string | null;
  /** The text of the `.p8` file. */
  readonly privateKey?: string | null;
}

/** How many attempts are allowed; docs/policies.md explains each. */
export interface RateLimitOptions {
  readonly guessesPerMinute?: number | null;
  readonly accountGuessesPerHour?: number | null;
  readonly accountSignInsPerHour?: number | null;
  readonly sessionGuessesPerHour?: number | null;
  readonly ipGuessesPerHour?: number | null;
  readonly ipChallengesPerHour?: number | null;
  readonly ipRegistrationsPerHour?: number | null;
  readonly ipMailsPerHour?: number | null;
  readonly recipientMailsPerHour?: number | null;
}

export interface GraphqlOptions {
  /** The limits of one document, where the server uses {@link Hufu.validationRules}. */
  readonly limits?: {
    readonly depth?: number | null;
    readonly cost?: number | null;
  };
}

export interface HttpOptions {
  /** How many proxies in front of the server are trusted to name the client's IP, or their networks. Default 0. */
  readonly trustProxy?: number | readonly string[] | null;
}

/** The parts of a team that replace Hufu's own. */
export interface HostParts {
  /** The log of the team; left out, warnings and errors go to standard output. */
  readonly log?: HostLog;
  /** The registry of prom-client for Hufu's metrics; left out, nothing is counted. */
  readonly registry?: HostRegistry;
  /** The clock of a test; left out, the database's clock decides, as it does on every node. */
  readonly clock?: Clock;
  /**
   * Sends a mail, instead of an SMTP server. It resolves once the receiver is responsible for the mail; if it throws, the
   * mail is sent again later. `id` is the same at every attempt.
   */
  readonly sendMail?: (id: string, message: Message, signal: AbortSignal) => Promise<void>;
  /** The texts of mails, by their names; those that are left out stay as they are. */
  readonly texts?: Partial<Templates>;
  /** The team's hooks in the transactions that create and delete an account. */
  readonly on?: Partial<Hooks>;
  /** The prefix of every type's name, so that no type has the name of one of yours. */
  readonly typePrefix?: string;
}

export interface HufuOptions extends Omit<SettingOptions, 'database'>, HostParts {
  /** A URL of PostgreSQL, the folder of an embedded database, a client of postgres.js, or several options. */
  readonly database?: string | PostgresClient | HostDatabaseOptions;
}
