// Settings of passkeys: the domain that they are made for, and the pages and apps that may use them.

import { z } from 'zod';

import { OperatorError } from '../common/errors.js';
import { parseOrigin } from './http.js';
import { listOf } from './values.js';

/** An app of Android names itself by the SHA-256 of its signing certificate. */
const androidOrigin = /^android:apk-key-hash:[\w-]{43}$/;

/** Labels of letters, digits and hyphens (RFC 1123 section 2.1), the last one no number: an IP is no RP id. */
const domain = /^(?=.{1,253}$)(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)*(?!-)(?!\d+$)[a-z0-9-]{1,63}(?<!-)$/;

export const passkeySettings = {
  WEBAUTHN_RP_ID: z
    .string()
    .regex(domain)
    .optional()
    .meta({ allowed: 'a domain in lower case such as example.com, without a scheme and a port' }),
  WEBAUTHN_ORIGINS: z
    .string()
    .transform((value) => listOf(value).map(parsePasskeyOrigin))
    .refine((origins) => origins.length > 0 && origins.every((origin) => origin !== null))
    .transform((origins) => origins.filter((origin) => origin !== null))
    .optional()
    .meta({
      allowed:
        'origins such as https://app.example.com or android:apk-key-hash:<SHA-256 in base64url>, separated by commas. ' +
        'Browsers have passkeys on pages of https, and of http on localhost',
    }),
};

type Read = Readonly<z.output<z.ZodObject<typeof passkeySettings>>>;

/** The service as authenticators know it (WebAuthn's relying party). */
export interface PasskeyConfig {
  /** The RP id: a passkey works for this domain alone, and for no other once it has been made. */
  readonly rpId: string;
  /** The origins of the pages and apps that may use passkeys, exactly. */
  readonly origins: readonly string[];
  /** Whether the pages of http://localhost may as well, at any port. */
  readonly anyLocalPort: boolean;
}

/**
 * Groups the settings by the room that reads them. In development passkeys work on this machine without any.
 *
 * @throws OperatorError when one is set without the other
 */
export function passkeyConfig(
  { WEBAUTHN_RP_ID: rpId, WEBAUTHN_ORIGINS: origins }: Read,
  development: boolean,
): { readonly passkeys: PasskeyConfig | null } {
  if (rpId === undefined && origins === undefined) {
    return { passkeys: development ? { rpId: 'localhost', origins: [], anyLocalPort: true } : null };
  }
  if (rpId === undefined) throw missing('WEBAUTHN_RP_ID', 'WEBAUTHN_ORIGINS');
  if (origins === undefined) throw missing('WEBAUTHN_ORIGINS', 'WEBAUTHN_RP_ID');
  return { passkeys: { rpId, origins, anyLocalPort: false } };
}

function missing(name: keyof Read, other: keyof Read): OperatorError {
  return new OperatorError(
    name,
    `it is required with ${other}. It must be ${String(passkeySettings[name].meta()?.['allowed'])}.`,
  );
}

/** Reads an origin as a client's data has it; null for one that can have no passkeys. */
function parsePasskeyOrigin(value: string): string | null {
  if (androidOrigin.test(value)) return value;
  const origin = parseOrigin(value);
  if (origin?.startsWith('http://') !== true) return origin;
  return /^(?:.+\.)?localhost$/.test(new URL(origin).hostname) ? origin : null;
}
