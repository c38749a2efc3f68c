// The table of all limits: the subject of each count, its window, and how many are allowed. No other file names a limit.

import { createHmac, type KeyObject } from 'node:crypto';

import { networkOf, networksOf } from '../common/networks.js';
import { type Count } from './counters.js';

/** How many are allowed in a window, for each window's name. */
export interface RateLimitSettings {
  /** Wrong guesses for an account from an IP. */
  readonly guessesPerMinute: number;
  /**
   * Right passwords for an account from everywhere. Changes of its factors that can be repeated have a count of their own, as
   * large.
   */
  readonly accountSignInsPerHour: number;
  /** Wrong guesses of the account's password by one of its sessions. */
  readonly sessionGuessesPerHour: number;
  /** Wrong guesses for an account from everywhere. */
  readonly accountGuessesPerHour: number;
  /**
   * Wrong guesses from an IP over all accounts. Emailed links, passkeys, and new passwords that are looked up among the
   * breached ones each have a count of their own, as large.
   */
  readonly ipGuessesPerHour: number;
  readonly ipRegistrationsPerHour: number;
  /** Challenges that no account is named for: pages begin one whenever they are opened. */
  readonly ipChallengesPerHour: number;
  /** Tickets that an account's own clients mint. */
  readonly accountTicketsPerHour: number;
  readonly ipMailsPerHour: number;
  /** Of those that were asked for, and of notices of one kind. */
  readonly recipientMailsPerHour: number;
}

/** The account whose password is guessed, and the client that guesses. */
export interface AccountGuess {
  /** The key of the account's email, whether or not there is such an account. */
  readonly account: string;
  readonly ip: string | null;
  /** The session that asks; null where no user is signed in yet. */
  readonly sessionId: string | null;
}

/** A mail that is asked for. */
export interface MailRequest {
  readonly ip: string | null;
  /** The key of the email that it goes to, whether or not that has an account. */
  readonly recipient: string;
  readonly kind: string;
}

/** The counts of each thing that is limited. */
export type Counts = ReturnType<typeof createCounts>;

/** How many times the limit of its narrowest network a wider one has: fewer customers share it than it has networks. */
const widening = [1, 2, 4] as const;

const minute = 60;
const hour = 3_600;

/** The mails that a client asks for by naming an email: by what they are asked for, and by the template that is sent. */
const mailKinds = ['resetPassword', 'verifyEmail', 'registration', 'completeRegistration', 'loginCode'];

/**
 * Makes the counts of each thing that is limited.
 *
 * @param key the rows' keys are digests under it, so that they reveal no email and no IP
 * @param settings how much of each is allowed
 */
export function createCounts(key: KeyObject, settings: RateLimitSettings) {
  const keyOf = (name: string, ...subject: readonly string[]) => {
    const digest = createHmac('sha256', key).update(JSON.stringify(['rate limits', name, ...subject]));
    return `${name}:${digest.digest('base64url').slice(0, 22)}`;
  };

  const count = (
    name: string,
    subject: readonly string[],
    most: number,
    seconds: number,
    mode: Count['mode'] = 'take',
  ): Count => ({ key: keyOf(name, ...subject), most, seconds, mode });

  /** One count for each network of an IP, the narrowest first. */
  const perNetwork = (name: string, ip: string | null, most: number) =>
    networksOf(ip).map((network, width) => count(name, [network], most * (widening[width] ?? 1), hour));

  const mailTo = (subject: readonly string[], mode: Count['mode']) =>
    count('sent', subject, settings.recipientMailsPerHour, hour, mode);

  return {
    /** The key by which a network is known to an account. */
    knownKey: (account: string, ip: string | null) => keyOf('known', account, networkOf(ip)),

    guess: ({ account, ip, sessionId }: AccountGuess): readonly Count[] => [
      count('guess', [account, networkOf(ip)], settings.guessesPerMinute, minute),
      ...(sessionId === null ? [] : [count('session', [sessionId], settings.sessionGuessesPerHour, hour)]),
      ...perNetwork('network', ip, settings.ipGuessesPerHour),
      count('account', [account], settings.accountGuessesPerHour, hour, 'offer'),
    ],

    success: (account: string): readonly Count[] => [
      count('success', [account], settings.accountSignInsPerHour, hour),
    ],

    /** A wrong code of a second factor. */
    code: (account: string, ip: string | null, mode: Count['mode']) => ({
      ofNetwork: count('code', [account, networkOf(ip)], settings.guessesPerMinute, minute, mode),
      ofAccount: count('codes', [account], settings.accountGuessesPerHour, hour, mode),
    }),

    link: (ip: string | null) => perNetwork('link', ip, settings.ipGuessesPerHour),
    passkey: (ip: string | null) => perNetwork('passkey', ip, settings.ipGuessesPerHour),
    serviceKey: (ip: string | null) => perNetwork('serviceKey', ip, settings.ipGuessesPerHour),
    breachCheck: (ip: string | null) => perNetwork('breachCheck', ip, settings.ipGuessesPerHour),
    registration: (ip: string | null) => perNetwork('registration', ip, settings.ipRegistrationsPerHour),
    challenge: (ip: string | null) => perNetwork('challenge', ip, settings.ipChallengesPerHour),
    change: (userId: string) => [count('change', [userId], settings.accountSignInsPerHour, hour)],
    ticket: (userId: string) => [count('ticket', [userId], settings.accountTicketsPerHour, hour)],

    /** A mail when a client asks for it. */
    askedMail: ({ ip, recipient, kind }: MailRequest): readonly Count[] => [
      ...perNetwork('mail', ip, settings.ipMailsPerHour),
      count('asked', [recipient, kind, networkOf(ip)], settings.recipientMailsPerHour, hour),
    ],

    /** A mail when it is made: a network that is known to the account has mails of its own. */
    sentMail: (recipient: string, kind: string, knownKey: string | null): readonly Count[] =>
      knownKey === null
        ? [mailTo([recipient, kind], 'take')]
        : [mailTo([recipient, kind], 'offer'), mailTo([recipient, kind, knownKey], 'take')],

    notice: (emailKey: string, what: string) => [
      count('notice', [emailKey, what], settings.recipientMailsPerHour, hour),
    ],

    /** The keys of what counts against the owner of an account, from everywhere and from one network. */
    keysAgainst(account: string, ip: string | null): readonly string[] {
      const network = networkOf(ip);
      const knownKey = keyOf('known', account, network);
      return [
        keyOf('account', account),
        keyOf('success', account),
        keyOf('guess', account, network),
        keyOf('codes', account),
        keyOf('code', account, network),
        ...mailKinds.flatMap((kind) => [
          keyOf('sent', account, kind),
          keyOf('sent', account, kind, knownKey),
          keyOf('asked', account, kind, network),
        ]),
      ];
    },
  };
}
