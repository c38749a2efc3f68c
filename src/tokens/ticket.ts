// Tickets: what a server that does not ask Hufu can verify by itself, for a minute. They are signed by ES256 with a key
// whose public half is published, and no session token ever is.

import { createHash, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

import jsonwebtoken from 'jsonwebtoken';

/** A public key as JWKS publishes it (RFC 7517). */
export interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'ES256';
}

export interface MadeSigningKey {
  readonly publicKey: PublicJwk;
  /** PKCS #8 in DER. */
  readonly privateKey: Buffer;
}

const makeKeyPair = promisify(generateKeyPair);

export async function makeSigningKey(): Promise<MadeSigningKey> {
  const { publicKey, privateKey } = await makeKeyPair('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  return {
    publicKey: { kty: 'EC', crv: 'P-256', x, y, kid: thumbprint(x, y), use: 'sig', alg: 'ES256' },
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }),
  };
}

/**
 * Computes the thumbprint of a key (RFC 7638 section 3): SHA-256 over the required members of the key in the order of their
 * names.
 */
function thumbprint(x: string, y: string): string {
  return createHash('sha256')
    .update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))
    .digest('base64url');
}

/** Another type than a session token's, so that neither is taken for the other (RFC 8725 section 3.11). */
const typ = 'ticket+jwt';

export type TicketClaims = Readonly<Record<string, unknown>> & { readonly iat: number; readonly exp: number };

export function signTicket(
  { kid, key }: { readonly kid: string; readonly key: KeyObject },
  claims: TicketClaims,
): string {
  return jsonwebtoken.sign(claims, key, { algorithm: 'ES256', header: { alg: 'ES256', typ, kid } });
}
