// Settings of mail: the server, the sender, the links with the time that they work, and the features that need mail.

import { z } from 'zod';

import { OperatorError } from '../common/errors.js';
import { wholeNumber } from './values.js';

const month = 2_678_400;
const ttl = (standard: number) => wholeNumber(1, month, standard);

const flag = (standard: boolean) => z.stringbool().default(standard).meta({ allowed: 'true or false' });

const base = z
  .string()
  .refine(isBaseUrl)
  .transform((url) => url.replace(/\/+$/, ''))
  .optional()
  .meta({ allowed: 'a URL such as https://accounts.example.com, without a query' });

const allowedSmtpUrl = 'a URL such as smtp://user:password@mail.example.com:587';

export const mailSettings = {
  SMTP_URL: z.string().refine(isSmtpUrl).optional().meta({ allowed: allowedSmtpUrl }),
  SMTP_TLS: z
    .enum(['required', 'opportunistic'])
    .optional()
    .meta({ allowed: 'one of required and opportunistic' }),
  MAIL_FROM: z
    .string()
    .max(255)
    .regex(/^(?:[^\p{Cc}<>@,;:"\\]*<)?[^\s\p{Cc}<>@,;:"\\]+@[^\s\p{Cc}<>@,;:"\\]+?>?$/u)
    .refine((from) => from.includes('<') === from.endsWith('>'))
    .optional()
    .meta({ allowed: 'a sender such as Example <accounts@example.com>' }),
  APP_NAME: z
    .string()
    .regex(/^(?!\s)[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,64}(?<!\s)$/u)
    .default('Hufu')
    .meta({ allowed: 'one line of 1 to 64 characters, without white space around it' }),
  APP_URL: base,
  PUBLIC_URL: base,
  LINK_BASE_URL: base,
  VERIFY_LINK_TTL_SECONDS: ttl(86_400),
  RESET_LINK_TTL_SECONDS: ttl(1_800),
  CHANGE_LINK_TTL_SECONDS: ttl(3_600),
  REQUIRE_VERIFIED_EMAIL: flag(false),
  EMAIL_CODE_LOGIN: flag(false),
  LOGIN_NOTICES: flag(true),
};

type Read = Readonly<z.output<z.ZodObject<typeof mailSettings>>>;

export function mailConfig(read: Read, production: boolean) {
  return {
    app: {
      /** The name of the service in mails and on link pages. */
      name: read.APP_NAME,
      /** The URL that link pages lead back to; null for no such link. */
      url: read.APP_URL ?? null,
      /** The URL at which clients reach this service; null for the URL that it listens at. */
      publicUrl: read.PUBLIC_URL ?? null,
    },
    mail: {
      /** Null for no SMTP server: mails then go to a file, and in production nowhere. */
      smtpUrl: read.SMTP_URL ?? null,
      /** Where nothing is set, production sends mail in the clear no further than this machine. */
      smtpTls:
        read.SMTP_TLS ??
        (production && !isLocal(read.SMTP_URL) ? ('required' as const) : ('opportunistic' as const)),
      from:
        read.MAIL_FROM ??
        `${displayName(read.APP_NAME)} <no-reply@${hostOf(read.PUBLIC_URL ?? read.LINK_BASE_URL)}>`,
      /** The URL that the links in mails begin with, where a front end of your own takes them; null for this service's pages. */
      linkBaseUrl: read.LINK_BASE_URL ?? null,
    },
    auth: {
      linkTtlSeconds: {
        verifyEmail: read.VERIFY_LINK_TTL_SECONDS,
        resetPassword: read.RESET_LINK_TTL_SECONDS,
        confirmEmailChange: read.CHANGE_LINK_TTL_SECONDS,
        completeRegistration: read.VERIFY_LINK_TTL_SECONDS,
      },
      requireVerifiedEmail: read.REQUIRE_VERIFIED_EMAIL,
      emailCodeLogin: read.EMAIL_CODE_LOGIN,
      loginNotices: read.LOGIN_NOTICES,
    },
  } as const;
}

/** Finds the settings that need a mail server although none is set. In development mails go to a file. */
export function mailMistakes(read: Read, production: boolean): readonly OperatorError[] {
  if (!production || read.SMTP_URL !== undefined) return [];
  const needed = (['REQUIRE_VERIFIED_EMAIL', 'EMAIL_CODE_LOGIN'] as const).filter((name) => read[name]);
  return needed.map(
    (name) =>
      new OperatorError(
        'SMTP_URL',
        `it is required in production with ${name}. It must be ${allowedSmtpUrl}.`,
      ),
  );
}

/** Writes a name for a header: quoted where a character of it could separate emails (RFC 5322 section 3.2.4). */
function displayName(name: string): string {
  return /^[\p{L}\p{N} -]+$/u.test(name) ? name : `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function hostOf(url: string | undefined): string {
  const host = url === undefined ? '' : new URL(url).hostname;
  // No email has a mailbox at an IP.
  return /[a-z]/i.test(host) && !host.startsWith('[') ? host : 'localhost';
}

/** Tells whether mail to the server stays on this machine. */
function isLocal(smtpUrl: string | undefined): boolean {
  const host = smtpUrl === undefined ? '' : new URL(smtpUrl).hostname;
  return /^(?:localhost|.*\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(host);
}

function isSmtpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return /^smtps?:$/.test(protocol) && hostname !== '';
}

function isBaseUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, search, hash, username } = new URL(value);
  return /^https?:$/.test(protocol) && search === '' && hash === '' && username === '' && !/[?#]/.test(value);
}
