// A software authenticator with its browser. It can send wrong values, which Chromium's virtual authenticator cannot.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** The options of `navigator.credentials.create` and `.get` that the authenticator reads. */
export interface CreationOptions {
  readonly challenge: string;
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string };
  readonly excludeCredentials: readonly { readonly id: string }[];
}
export interface RequestOptions {
  readonly challenge: string;
  readonly rpId: string;
  readonly allowCredentials?: readonly { readonly id: string }[];
}

/** Values that it sends in place of the right ones. */
export interface Lies {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly userVerified?: boolean;
  readonly counter?: number;
  readonly backedUp?: boolean;
  readonly userHandle?: string | null;
  /** An attestation that the server has not asked for. */
  readonly format?: string;
}

export interface Passkey {
  readonly id: string;
  readonly userHandle: string;
  readonly rpId: string;
  readonly key: KeyObject;
}

const flags = {
  present: 0x01,
  verified: 0x04,
  backupEligible: 0x08,
  backedUp: 0x10,
  attested: 0x40,
} as const;

const hash = (data: string | Uint8Array) => createHash('sha256').update(data).digest();

/**
 * Makes a passkey and its `RegistrationResponseJSON`.
 *
 * @param taken a passkey whose id the new one takes; left out, the id is random
 */
export function createPasskey(options: CreationOptions, origin: string, lies: Lies = {}, taken?: Passkey) {
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  // A COSE key (RFC 9052 section 7): kty EC2, alg ES256, crv P-256, x, y.
  const coseKey = Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y, 'base64url'),
  ]);
  const rawId = taken === undefined ? randomBytes(32) : Buffer.from(taken.id, 'base64url');
  const passkey: Passkey = {
    id: rawId.toString('base64url'),
    userHandle: options.user.id,
    rpId: options.rp.id,
    key,
  };
  const attested = Buffer.concat([Buffer.alloc(16), uint16(rawId.length), rawId, coseKey]);
  const authData = authenticatorData(passkey, lies, attested);
  const attestationObject = Buffer.concat([
    Buffer.from([0xa3]),
    cborText('fmt'),
    cborText(lies.format ?? 'none'),
    cborText('attStmt'),
    Buffer.from([0xa0]),
    cborText('authData'),
    Buffer.from([0x58, authData.length]),
    authData,
  ]);
  const response = {
    clientDataJSON: clientData('webauthn.create', options.challenge, origin, lies).toString('base64url'),
    attestationObject: attestationObject.toString('base64url'),
    transports: ['internal'],
  };
  return { passkey, creation: credential(passkey, response) };
}

/** Signs with a passkey and returns the `AuthenticationResponseJSON`. */
export function assertPasskey(passkey: Passkey, options: RequestOptions, origin: string, lies: Lies = {}) {
  const data = clientData('webauthn.get', options.challenge, origin, lies);
  const authData = authenticatorData(passkey, lies, Buffer.alloc(0));
  const userHandle = lies.userHandle === undefined ? passkey.userHandle : lies.userHandle;
  return credential(passkey, {
    clientDataJSON: data.toString('base64url'),
    authenticatorData: authData.toString('base64url'),
    signature: sign('sha256', Buffer.concat([authData, hash(data)]), passkey.key).toString('base64url'),
    userHandle,
  });
}

function credential<Response>({ id }: Passkey, response: Response) {
  return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} } as const;
}

function clientData(type: string, challenge: string, origin: string, lies: Lies): Buffer {
  const data = { type, challenge, origin, crossOrigin: false, ...pick(lies) };
  return Buffer.from(JSON.stringify(data));
}

function pick({ type, challenge, origin, crossOrigin }: Lies) {
  const given = Object.entries({ type, challenge, origin, crossOrigin });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function authenticatorData({ rpId }: Passkey, lies: Lies, attested: Buffer): Buffer {
  const bits =
    flags.present |
    (lies.userVerified === false ? 0 : flags.verified) |
    (lies.backedUp === true ? flags.backupEligible | flags.backedUp : 0) |
    (attested.length > 0 ? flags.attested : 0);
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(lies.counter ?? 0);
  return Buffer.concat([hash(lies.rpId ?? rpId), Buffer.from([bits]), counter, attested]);
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

/** A text of at most 23 characters (RFC 8949 section 3.1). */
function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
}
