// The text of every mail. A template takes facts and gives plain text; renderTemplate.ts makes the text and HTML parts.

import { type MailTemplate } from './renderTemplate.js';

/** A link, and how long it works from now on, in seconds. */
export interface LinkFacts {
  readonly url: string;
  readonly ttlSeconds: number;
}

/** The time of a change of an account, and the client that made it; null for a part that is not known. */
export interface EventFacts {
  readonly at: Date;
  readonly ip: string | null;
  readonly device: string | null;
  /** The browser and the system, by names that we know. */
  readonly program: string | null;
  /** The link to a new password for an owner who says "that was not me"; null when it has become void since. */
  readonly resetLink: LinkFacts | null;
}

export type Templates = ReturnType<typeof createTemplates>;

/** Creates the texts of all mails. @param service the name of the service; config has made sure that it is one line */
export function createTemplates(service: string) {
  return {
    verifyEmail: (link: LinkFacts): MailTemplate => ({
      subject: `Confirm your e-mail for ${service}`,
      opening: [`Please confirm that this e-mail is yours, so that ${service} can reach you.`],
      link: { label: 'Confirm this e-mail', url: link.url },
      closing: [
        `The link works once, within ${duration(link.ttlSeconds)}.`,
        `If you have no account at ${service}, do not use the link: another person typed your e-mail, and nothing happens.`,
      ],
    }),

    completeRegistration: ({ code, ...link }: LinkFacts & { readonly code: string }): MailTemplate => ({
      subject: `Confirm your e-mail for ${service}`,
      opening: [
        `Please confirm that this e-mail is yours, to finish your registration at ${service}. Type this code where you ` +
          'registered, or use the link and the password that you have chosen.',
        codeLine(code),
      ],
      link: { label: 'Finish the registration', url: link.url },
      closing: [
        `The code and the link work once, within ${duration(link.ttlSeconds)}.`,
        `If you did not register at ${service}, do nothing and tell no other person the code: no account is made.`,
      ],
    }),

    loginCode: ({ code, ...link }: LinkFacts & { readonly code: string }): MailTemplate => ({
      subject: `Your sign-in code for ${service}`,
      opening: [
        `Type this code on the device on which you are signing in to ${service}, or open the link there.`,
        codeLine(code),
      ],
      link: { label: 'Sign in', url: link.url },
      closing: [
        `The code and the link work once, within ${duration(link.ttlSeconds)}, and on that device only.`,
        'If it was not you, do nothing and tell no other person the code.',
      ],
    }),

    claimAccount: (link: LinkFacts): MailTemplate => ({
      subject: `Confirm your e-mail for ${service}`,
      opening: [
        `There is a ${service} account with this e-mail, which was never confirmed. Set a new password to confirm that the ` +
          'e-mail and the account are yours.',
      ],
      link: { label: 'Set a new password', url: link.url },
      closing: [
        `The link works once, within ${duration(link.ttlSeconds)}. Using it signs the account out everywhere.`,
        'If you have no account there, there is nothing to do: without you it cannot be used.',
      ],
    }),

    resetPassword: (link: LinkFacts): MailTemplate => ({
      subject: `Set a new password for ${service}`,
      opening: [`A new password was requested for your ${service} account.`],
      link: { label: 'Set a new password', url: link.url },
      closing: [
        `The link works once, within ${duration(link.ttlSeconds)}. Using it signs your account out everywhere.`,
        'If it was not you, do nothing: your password stays as it is.',
      ],
    }),

    confirmEmailChange: (link: LinkFacts): MailTemplate => ({
      subject: `Confirm your new e-mail for ${service}`,
      opening: [`A ${service} account asked to use this e-mail from now on.`],
      link: { label: 'Use this e-mail', url: link.url },
      closing: [
        `The link works once, within ${duration(link.ttlSeconds)}.`,
        'If it was not you, do not use it: nothing changes.',
      ],
    }),

    emailTaken: (link: LinkFacts | null): MailTemplate => ({
      subject: `You have an account at ${service} already`,
      opening: [
        `A registration at ${service} used this e-mail. There is an account already, ` +
          'and nothing about it has changed.',
        'If it was you, sign in as before, or set a new password.',
      ],
      link: link === null ? null : { label: 'Set a new password', url: link.url },
      closing: [
        ...(link === null ? [] : [`The link works once, within ${duration(link.ttlSeconds)}.`]),
        'If it was not you, there is nothing to do.',
      ],
    }),

    newLogin: (event: EventFacts & { readonly superseded: boolean }): MailTemplate => ({
      subject: `New sign-in to your ${service} account`,
      opening: [
        event.superseded
          ? 'A sign-in to your account took the place of another session, which was signed out.'
          : 'There was a sign-in to your account from a kind of device or a network that it had not been used on.',
        happened(event),
      ],
      ...ifNotYou(event.resetLink),
    }),

    passwordSet: (event: EventFacts): MailTemplate => ({
      subject: `Your ${service} account has a password now`,
      opening: [
        'A password was set for your account, which had none. It signs in beside the ways that you have used so far.',
        happened(event),
      ],
      ...ifNotYou(event.resetLink),
    }),

    passwordChanged: (event: EventFacts): MailTemplate => ({
      subject: `Your password for ${service} was changed`,
      opening: [
        'The password of your account was changed. Every other session was signed out.',
        happened(event),
      ],
      ...ifNotYou(event.resetLink),
    }),

    passwordReset: (event: EventFacts): MailTemplate => ({
      subject: `Your password for ${service} was reset`,
      opening: [
        'A new password was set for your account with a link from your mail. Every session was signed out.',
        happened(event),
      ],
      ...ifNotYou(event.resetLink),
    }),

    emailChanged: (event: EventFacts): MailTemplate => ({
      subject: `The e-mail of your ${service} account was changed`,
      opening: [
        'Your account has a new e-mail. Mail about it is no longer sent to this one.',
        happened(event),
      ],
      ...ifNotYou(
        event.resetLink,
        'It also gives your account this e-mail back, and removes what was added to sign in with since.',
      ),
    }),

    passkeyAdded: (event: EventFacts): MailTemplate => ({
      subject: `A passkey was added to your ${service} account`,
      opening: ['Your account has a new passkey. It signs in without the password.', happened(event)],
      ...ifNotYou(
        event.resetLink,
        'It also removes the passkey, and what was added to sign in with after it.',
      ),
    }),

    passkeyRemoved: (event: EventFacts): MailTemplate => ({
      subject: `A passkey of your ${service} account was removed`,
      opening: ['A passkey was removed from your account. It no longer signs in.', happened(event)],
      ...ifNotYou(event.resetLink),
    }),

    factorAdded: (event: EventFacts): MailTemplate => ({
      subject: `An authenticator app was added to your ${service} account`,
      opening: ['From now on a sign-in to your account needs a code from the app as well.', happened(event)],
      ...ifNotYou(event.resetLink, 'It also removes the app, unless it took the place of another.'),
    }),

    factorRemoved: (event: EventFacts): MailTemplate => ({
      subject: `A second factor was removed from your ${service} account`,
      opening: ['A sign-in to your account no longer asks for it.', happened(event)],
      ...ifNotYou(event.resetLink),
    }),

    recoveryCodesRenewed: (event: EventFacts): MailTemplate => ({
      subject: `New recovery codes for your ${service} account`,
      opening: ['Your account has new recovery codes. The earlier ones no longer work.', happened(event)],
      ...ifNotYou(event.resetLink),
    }),

    recoveryCodeUsed: (event: EventFacts): MailTemplate => ({
      subject: `A recovery code of your ${service} account was used`,
      opening: ['A recovery code took the place of your second factor. It works no more.', happened(event)],
      ...ifNotYou(event.resetLink),
    }),

    factorsReset: (event: EventFacts): MailTemplate => ({
      subject: `The second factors of your ${service} account were removed`,
      opening: [
        `An operator of ${service} removed the second factors of your account. Every session was signed out.`,
        happened(event),
      ],
      ...ifNotYou(event.resetLink),
    }),

    identityLinked: (event: EventFacts): MailTemplate => ({
      subject: `A way to sign in to your ${service} account was added`,
      opening: [
        'An account at a sign-in provider was linked to yours: it signs in to yours from now on.',
        happened(event),
      ],
      ...ifNotYou(
        event.resetLink,
        'It also unlinks that account, and removes what was added to sign in with after it.',
      ),
    }),

    identityUnlinked: (event: EventFacts): MailTemplate => ({
      subject: `A way to sign in to your ${service} account was removed`,
      opening: [
        'An account at a sign-in provider was unlinked from yours: it no longer signs in to yours.',
        happened(event),
      ],
      ...ifNotYou(event.resetLink),
    }),

    accountDeleted: (event: Omit<EventFacts, 'resetLink'>): MailTemplate => ({
      subject: `Your ${service} account was deleted`,
      opening: ['Your account was deleted with its password. Every session was signed out.', happened(event)],
      link: null,
      closing: [
        'If it was you, there is nothing to do. This is the last mail about the account.',
        'If that was not you, another person knows your password: change it wherever else you use it. The account cannot be ' +
          'restored.',
      ],
    }),
  } as const;
}

/** Writes a code of 8 digits in two groups. */
function codeLine(code: string): string {
  return `Code: ${code.slice(0, 4)} ${code.slice(4)}`;
}

function happened({ at, ip, device, program }: Omit<EventFacts, 'resetLink'>): string {
  const lines = [
    `When: ${moment.format(at)} UTC`,
    `From: ${ip ?? 'an unknown IP'}`,
    ...(device === null ? [] : [`Device: ${device}`]),
    ...(program === null ? [] : [`Program: ${program}`]),
  ];
  return lines.join('\n');
}

function ifNotYou(link: LinkFacts | null, more = ''): Pick<MailTemplate, 'link' | 'closing'> {
  if (link === null) {
    return { link: null, closing: ['If that was not you, ask for a new password where you sign in.'] };
  }
  const explained = `That was not me: the link signs your account out everywhere and sets a new password. ${more}`;
  return {
    link: { label: 'That was not me: set a new password', url: link.url },
    closing: [
      'If it was you, there is nothing to do.',
      `${explained.trim()} It works once, within ${duration(link.ttlSeconds)}; after that, ask for a new password ` +
        'where you sign in.',
    ],
  };
}

const moment = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
});

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** Writes a duration in the largest unit of which it is two or more, rounded down: `24 hours`, `30 minutes`. */
function duration(seconds: number): string {
  const [unit, size] = units.find(([, length]) => seconds >= 2 * length) ?? units[3];
  const count = Math.floor(seconds / size);
  return `${String(count)} ${unit}${count === 1 ? '' : 's'}`;
}

/** The most letters of a device's name in a mail. */
const maxName = 40;

/** Reduces a device's name to letters, digits and spaces, so that no link or sentence remains; null where nothing remains. */
export function plainName(name: string | null): string | null {
  const words = (name ?? '')
    .normalize('NFKC')
    .replaceAll(/[^\p{L}\p{M}\p{Nd}]+/gu, ' ')
    // Marks in a heap reach over the lines around them.
    .replaceAll(/(\p{M}{2})\p{M}+/gu, '$1')
    .trim();
  const short = Array.from(words).slice(0, maxName).join('').trim();
  return short === '' ? null : short;
}
