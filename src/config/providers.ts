// Settings of the providers that people sign in with. `PROVIDERS` names them; each has settings of its own, whose names begin
// with its name in capitals, such as `PROVIDER_ACME_ISSUER`.

import { createPrivateKey } from 'node:crypto';

import { z } from 'zod';

import { OperatorError } from '../common/errors.js';
import { listOf } from './values.js';

/** How a provider differs from plain OpenID Connect. */
export type ProviderKind = 'oidc' | 'google' | 'microsoft' | 'apple' | 'github';

interface Preset {
  readonly issuer: string;
  readonly scopes: string;
  /** Whether an e-mail that the provider calls verified is one that its person receives mail at. */
  readonly verifiesEmail: boolean;
}

/** The providers that need neither an issuer nor scopes, by their names. */
const presets = {
  google: { issuer: 'https://accounts.google.com', scopes: 'openid email', verifiesEmail: true },
  // The `email` of a tenant is whatever its administrator typed.
  microsoft: {
    issuer: 'https://login.microsoftonline.com/common/v2.0',
    scopes: 'openid email profile',
    verifiesEmail: false,
  },
  apple: { issuer: 'https://appleid.apple.com', scopes: 'openid email', verifiesEmail: true },
  github: { issuer: 'https://github.com', scopes: 'user:email', verifiesEmail: true },
} as const satisfies Record<Exclude<ProviderKind, 'oidc'>, Preset>;

/** The credentials of this service at the provider. */
export type ProviderCredentials =
  | { readonly kind: 'secret'; readonly secret: string }
  /** Apple takes a JWT that is signed with this key instead of a secret. */
  | { readonly kind: 'key'; readonly teamId: string; readonly keyId: string; readonly privateKey: string };

export interface ProviderConfig {
  /** In lower case; part of URLs, and the name that clients use. */
  readonly id: string;
  readonly kind: ProviderKind;
  readonly issuer: string;
  readonly clientId: string;
  readonly credentials: ProviderCredentials;
  readonly scopes: string;
  readonly verifiesEmail: boolean;
}

const maxProviders = 32;
const maxRedirectUris = 64;
const idPattern = /^[a-z][a-z0-9]{0,31}$/;

/** Tells whether a provider may have the name. */
export function isProviderId(name: string): boolean {
  return idPattern.test(name);
}

const list = z.string().transform(listOf);

const names = list.refine(
  (given) =>
    given.length <= maxProviders &&
    new Set(given).size === given.length &&
    given.every((name) => isProviderId(name)),
);

export const providerSettings = {
  PROVIDERS: names.default([]).meta({
    allowed:
      'names of providers such as google,github,acme, separated by commas, each once. A name has lower-case letters and ' +
      'digits, and begins with a letter',
  }),
  PROVIDERS_VERIFYING_EMAIL: names.optional().meta({ allowed: 'names from PROVIDERS, separated by commas' }),
  PROVIDER_REDIRECT_URIS: list
    .refine((uris) => uris.length <= maxRedirectUris && uris.every(isRedirectUri))
    .default([])
    .meta({
      allowed:
        'URLs such as https://app.example.com/signed-in or com.example.app:/signed-in, separated by commas. Each is ' +
        'compared exactly; it has a path, no query and no fragment, and http only for localhost',
    }),
};

type Read = Readonly<z.output<z.ZodObject<typeof providerSettings>>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** The settings that a provider has of its own, by the suffixes of their names. */
export type OwnSetting = (typeof commonSuffixes | typeof secretSuffixes | typeof keySuffixes)[number];

const commonSuffixes = ['ISSUER', 'CLIENT_ID', 'SCOPES'] as const;
const secretSuffixes = ['CLIENT_SECRET'] as const;
const keySuffixes = ['TEAM_ID', 'KEY_ID', 'PRIVATE_KEY'] as const;

/** Lists the settings that a provider has of its own: the suffixes of their names, and the names. */
export function ownProviderSettings(id: string): readonly (readonly [OwnSetting, string])[] {
  const own = kindOf(id) === 'apple' ? keySuffixes : secretSuffixes;
  return [...commonSuffixes, ...own].map((suffix) => [suffix, settingName(id, suffix)]);
}

/**
 * Groups the settings of the providers.
 *
 * @param publicUrl where providers reach this service; null when it is not set
 * @throws {@link OperatorError} with a line for each setting that is not allowed; never its value
 */
export function providerConfig(
  read: Read,
  environment: Environment,
  { production, publicUrl }: { readonly production: boolean; readonly publicUrl: string | null },
) {
  const { PROVIDERS: given, PROVIDERS_VERIFYING_EMAIL: verifying, PROVIDER_REDIRECT_URIS: uris } = read;
  const mistakes: OperatorError[] = [];
  const refuse = (name: string, remedy: string) => {
    mistakes.push(new OperatorError(name, remedy));
  };
  if (given.length > 0 && uris.length === 0) {
    refuse(
      'PROVIDER_REDIRECT_URIS',
      'it is required with PROVIDERS: set the URLs of your front end that people return to.',
    );
  }
  if (verifying?.some((id) => !given.includes(id)) === true)
    refuse('PROVIDERS_VERIFYING_EMAIL', 'each of its names must be in PROVIDERS as well.');
  if (given.some((id) => kindOf(id) === 'apple') && publicUrl === null) {
    refuse('PUBLIC_URL', 'it is required with apple in PROVIDERS: Apple posts its answer to a URL below it.');
  }
  const providers = given.map((id) => readProvider(id, environment, { production, verifying, refuse }));
  const [mistake, ...more] = mistakes;
  if (mistake !== undefined) throw OperatorError.of([mistake, ...more]);
  return {
    providers: {
      list: providers,
      /** The URLs that people may return to, compared exactly. */
      redirectUris: uris,
      /** The names of those whose verified e-mails count here; null for those that are known to verify them. */
      verifyingEmail: verifying ?? null,
    },
  } as const;
}

function readProvider(
  id: string,
  environment: Environment,
  options: {
    readonly production: boolean;
    readonly verifying: readonly string[] | undefined;
    readonly refuse: (name: string, remedy: string) => void;
  },
): ProviderConfig {
  const kind = kindOf(id);
  const preset: Preset | null = kind === 'oidc' ? null : presets[kind];
  const read = (suffix: string, remedy: string, isValid = isText): string => {
    const name = settingName(id, suffix);
    const value = environment[name]?.trim() ?? '';
    if (!isValid(value)) options.refuse(name, remedy);
    return value;
  };
  const orPreset = (suffix: string, standard: string | undefined, remedy: string, isValid = isText) =>
    standard !== undefined && (environment[settingName(id, suffix)] ?? '') === ''
      ? standard
      : read(suffix, remedy, isValid);

  const issuer = orPreset('ISSUER', preset?.issuer, issuerRemedy, (value) =>
    isIssuer(value, options.production),
  );
  return {
    id,
    kind,
    issuer,
    clientId: read('CLIENT_ID', 'it must be the client id that the provider gave for this service.'),
    credentials:
      kind === 'apple'
        ? {
            kind: 'key',
            teamId: read('TEAM_ID', "it must be the 10 characters of your team's id.", isAppleId),
            keyId: read('KEY_ID', "it must be the 10 characters of the key's id.", isAppleId),
            privateKey: toPem(
              read(
                'PRIVATE_KEY',
                'it must be the P-256 key of the .p8 file, in PEM; \\n may stand for a line end.',
                (value) => isP256Key(toPem(value)),
              ),
            ),
          }
        : {
            kind: 'secret',
            secret: read(
              'CLIENT_SECRET',
              'it must be the client secret that the provider gave for this service.',
            ),
          },
    scopes: orPreset('SCOPES', preset?.scopes ?? 'openid email', scopesRemedy, (value) =>
      isScopes(value, kind),
    ),
    verifiesEmail: options.verifying?.includes(id) ?? preset?.verifiesEmail ?? false,
  };
}

function kindOf(id: string): ProviderKind {
  return Object.hasOwn(presets, id) ? (id as keyof typeof presets) : 'oidc';
}

function settingName(id: string, suffix: string): string {
  return `PROVIDER_${id.toUpperCase()}_${suffix}`;
}

function isText(value: string): boolean {
  return value !== '' && value.length <= 2_048 && /^[\x20-\x7e]+$/.test(value);
}

const issuerRemedy =
  'it must be the https URL of the issuer, without a query, as its discovery document has it; http only for localhost, ' +
  'and not in production.';

function isIssuer(value: string, production: boolean): boolean {
  if (!isText(value) || !URL.canParse(value)) return false;
  const url = new URL(value);
  if (/[?#]/.test(value) || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (!production && url.protocol === 'http:' && isLoopback(url));
}

const scopesRemedy = 'it must be scopes, separated by spaces. OpenID Connect needs openid among them.';

function isScopes(value: string, kind: ProviderKind): boolean {
  const scopes = value.split(/ +/);
  return isText(value) && (kind === 'github' || scopes.includes('openid'));
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}

/** Schemes that a browser runs or opens itself, so that no app returns from them. */
const schemesWithoutApps = /^(?:javascript|data|vbscript|file|blob|about|ws|wss|ftp):/i;

/** Tells whether a text is a URL of a front end: a page, or the private scheme of an app (RFC 8252 section 7.1). */
function isRedirectUri(value: string): boolean {
  if (!isText(value) || /[?#\s*]/.test(value) || !URL.canParse(value)) return false;
  const url = new URL(value);
  if (schemesWithoutApps.test(value) || url.username !== '' || url.password !== '') return false;
  // Providers compare texts: with another spelling than the parsed one a code would not be given out.
  return url.href === value && (url.protocol !== 'http:' || isLoopback(url));
}

const isAppleId = (value: string) => /^[A-Z0-9]{10}$/.test(value);

/** Turns `\n` into line ends, for which an environment variable often has no room. */
function toPem(value: string): string {
  return value.replaceAll(String.raw`\n`, '\n');
}

function isP256Key(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}
