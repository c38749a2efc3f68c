// The two ceremonies of WebAuthn Level 3 as a server has them: the options that a browser is given, and its answer, verified
// with @simplewebauthn/server. No row and no session is known here.

import { type isoCBOR } from '@simplewebauthn/server/helpers';
import { z } from 'zod';

import { uuidBytes } from '../../common/uuid.js';
import { parseOrigin } from '../../config/http.js';
import { type PasskeyConfig } from '../../config/passkeys.js';
import { type Log } from '../../observability/log.js';

/** A credential as options name it. */
export interface CredentialHint {
  readonly id: string;
  readonly transports: readonly string[];
}

/** A new passkey, before a user owns it. */
export interface NewCredential extends CredentialHint {
  /** In base64url, as the id is. */
  readonly publicKey: string;
  readonly counter: number;
  readonly backedUp: boolean;
}

/** The data that an authenticator signs when it is used. */
export interface UsedCredential {
  readonly counter: number;
  readonly backedUp: boolean;
}

/** The service as authenticators know it. A challenge is 32 bytes in base64url. */
export interface RelyingParty {
  /** The options for `navigator.credentials.create`. */
  creationOptions(
    user: { readonly id: string; readonly email: string },
    existing: readonly CredentialHint[],
    challenge: string,
  ): Promise<object>;
  /**
   * The options for `navigator.credentials.get`.
   *
   * @param allowed the passkeys of a user who is known already; none to let the browser offer those that it has
   */
  requestOptions(challenge: string, allowed: readonly CredentialHint[]): Promise<object>;
  /** Verifies a new passkey; null when it is refused. Never throws. */
  verifyCreation(creation: Creation, challenge: string): Promise<NewCredential | null>;
  /** Verifies that a passkey has signed the challenge; null when it is refused. Never throws. */
  verifyAssertion(assertion: Assertion, challenge: string, publicKey: string): Promise<UsedCredential | null>;
}

/** For how long a browser waits for the person, in milliseconds. */
const timeoutMs = 300_000;

/**
 * EdDSA, ES256 and RS256. Named here, since the library offers more on newer versions of Node: a passkey must work on every
 * node.
 */
const algorithms = [-8, -7, -257];

/** A passkey has to prove a second factor by itself, and is found without an email. */
const selection = { residentKey: 'required', userVerification: 'required' } as const;

const maxLoggedOrigins = 20;

export function createRelyingParty(
  { rpId, origins, anyLocalPort }: PasskeyConfig,
  name: string,
  log: Log,
): RelyingParty {
  const logged = new Set<string>();

  const isOrigin = (origin: string) =>
    origins.includes(origin) || (anyLocalPort && /^http:\/\/localhost(?::\d{1,5})?$/.test(origin));

  const refuse = (cause: string) => {
    log.info({ cause }, 'a passkey was refused');
    return null;
  };

  /** Checks what the browser says of the page: here nothing that a client has sent gets into an error. */
  const isOfPage = ({ response }: Creation | Assertion, type: ClientData['type'], challenge: string) => {
    const data = readClientData(response.clientDataJSON);
    if (data?.type !== type) return refuse('client data');
    if (data.challenge !== challenge) return refuse('challenge');
    if (data.crossOrigin === true || data.topOrigin !== undefined) return refuse('page in a foreign frame');
    if (isOrigin(data.origin)) return data;
    const page = /^android:apk-key-hash:[\w-]{43}$/.test(data.origin)
      ? data.origin
      : parseOrigin(data.origin);
    if (page !== null && !logged.has(page) && logged.size < maxLoggedOrigins) {
      logged.add(page);
      log.warn(`WEBAUTHN_ORIGINS: ${page} may not use passkeys. Add ${page} to WEBAUTHN_ORIGINS to let it.`);
    }
    return refuse('origin');
  };

  return {
    async creationOptions(user, existing, challenge) {
      const { generateRegistrationOptions } = await loadLibrary();
      return generateRegistrationOptions({
        rpName: name,
        rpID: rpId,
        // An authenticator knows by it that two passkeys are of one account.
        userID: uuidBytes(user.id),
        userName: user.email,
        userDisplayName: user.email,
        challenge: bytesOf(challenge),
        timeout: timeoutMs,
        attestationType: 'none',
        excludeCredentials: existing.map(copyHint),
        // A copy, since the library writes into it.
        authenticatorSelection: { ...selection },
        supportedAlgorithmIDs: algorithms,
      });
    },

    async requestOptions(challenge, allowed) {
      const { generateAuthenticationOptions } = await loadLibrary();
      return generateAuthenticationOptions({
        rpID: rpId,
        challenge: bytesOf(challenge),
        timeout: timeoutMs,
        userVerification: selection.userVerification,
        ...(allowed.length === 0 ? {} : { allowCredentials: allowed.map(copyHint) }),
      });
    },

    async verifyCreation(creation, challenge) {
      const page = isOfPage(creation, 'webauthn.create', challenge);
      if (page === null) return null;
      try {
        const { verifyRegistrationResponse } = await loadLibrary();
        const { registrationInfo } = await verifyRegistrationResponse({
          response: { ...creation, response: await withoutAttestation(creation.response), ...unread },
          expectedChallenge: challenge,
          expectedOrigin: page.origin,
          expectedRPID: rpId,
          requireUserVerification: true,
          supportedAlgorithmIDs: algorithms,
        });
        if (registrationInfo === undefined) return refuse('attestation');
        const { credential, credentialBackedUp: backedUp } = registrationInfo;
        // The id that the authenticator has signed is the one that counts.
        if (credential.id !== creation.id) return refuse('credential id');
        const publicKey = Buffer.from(credential.publicKey).toString('base64url');
        const { transports } = creation.response;
        return { id: credential.id, publicKey, counter: credential.counter, backedUp, transports };
      } catch (error) {
        return refuse(causeOf(error));
      }
    },

    async verifyAssertion(assertion, challenge, publicKey) {
      const page = isOfPage(assertion, 'webauthn.get', challenge);
      if (page === null) return null;
      try {
        const { verifyAuthenticationResponse } = await loadLibrary();
        const { clientDataJSON, authenticatorData, signature } = assertion.response;
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          response: { ...assertion, response: { clientDataJSON, authenticatorData, signature }, ...unread },
          expectedChallenge: challenge,
          expectedOrigin: page.origin,
          expectedRPID: rpId,
          requireUserVerification: true,
          // The library refuses a counter that stands still: whether it may is decided under the user's lock.
          credential: { id: assertion.id, publicKey: bytesOf(publicKey), counter: 0 },
        });
        if (!verified) return refuse('signature');
        return { counter: authenticationInfo.newCounter, backedUp: authenticationInfo.credentialBackedUp };
      } catch (error) {
        return refuse(causeOf(error));
      }
    },
  };
}

/** Loads the library, which takes 30 MB and 0.3 s: only a node whose users have passkeys does. */
const loadLibrary = () => import('@simplewebauthn/server');

/** A member that the library's types ask for and its checks do not read. */
const unread = { clientExtensionResults: {} } as const;

type Cbor = Parameters<typeof isoCBOR.encode>[0];

/**
 * Replaces the attestation statement by an empty one. No maker of authenticators is trusted or refused, so a certificate that a
 * client sends is not even parsed.
 */
async function withoutAttestation(response: Creation['response']) {
  const { decodeAttestationObject, isoCBOR: cbor } = await import('@simplewebauthn/server/helpers');
  const authData = decodeAttestationObject(bytesOf(response.attestationObject)).get('authData');
  const parts = new Map<string, Cbor>([
    ['fmt', 'none'],
    ['attStmt', new Map<string, Cbor>()],
    ['authData', authData],
  ]);
  return {
    clientDataJSON: response.clientDataJSON,
    attestationObject: Buffer.from(cbor.encode(parts)).toString('base64url'),
  };
}

/** Returns the cause of an error for the log: a name of the library's, never a text, which may repeat what a client sent. */
function causeOf(error: unknown): string {
  return error instanceof Error && error.name !== 'Error' ? error.name : 'authenticator data';
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64url, 'base64url'));
}

/**
 * Tells whether the authenticator names this user as the owner of the passkey. It must where no user was asked for; where one
 * was, it may name none.
 */
export function namesOwner(
  { response: { userHandle } }: Assertion,
  userId: string,
  wasAsked: boolean,
): boolean {
  return userHandle == null ? wasAsked : uuidBytes(userId).equals(bytesOf(userHandle));
}

const copyHint = ({ id, transports }: CredentialHint) => ({ id, transports: [...transports] });

const base64url = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[\w-]+$/);

/** At most 1,023 bytes (WebAuthn section 4, "Credential ID"). */
const credentialId = base64url(1_364);

const publicKeyCredential = { id: credentialId, rawId: credentialId, type: z.literal('public-key') };

const creation = z.object({
  ...publicKeyCredential,
  response: z.object({
    clientDataJSON: base64url(8_192),
    attestationObject: base64url(32_768),
    transports: z
      .array(z.string().regex(/^[a-z-]{1,32}$/))
      .max(16)
      .catch([]),
  }),
});

const assertion = z.object({
  ...publicKeyCredential,
  response: z.object({
    clientDataJSON: base64url(8_192),
    authenticatorData: base64url(8_192),
    signature: base64url(4_096),
    userHandle: base64url(88).nullish(),
  }),
});

export type Creation = z.output<typeof creation>;
export type Assertion = z.output<typeof assertion>;

/** Reads a `RegistrationResponseJSON`; null for what no browser gives. */
export function parseCreation(value: unknown): Creation | null {
  return creation.safeParse(value).data ?? null;
}

/** Reads an `AuthenticationResponseJSON`; null for what no browser gives. */
export function parseAssertion(value: unknown): Assertion | null {
  return assertion.safeParse(value).data ?? null;
}

const clientData = z.object({
  type: z.enum(['webauthn.create', 'webauthn.get']),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.string().optional(),
});

type ClientData = z.output<typeof clientData>;

function readClientData(text: string): ClientData | null {
  try {
    const data: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return clientData.safeParse(data).data ?? null;
  } catch {
    return null;
  }
}
