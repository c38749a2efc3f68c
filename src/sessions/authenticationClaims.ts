// How a session was opened, in the terms of OpenID Connect, for servers that do not know Hufu's own.

import { type AuthenticationMethod } from '../users/users.js';
import { type Session } from './types.js';

/** Authentication Method Reference values (RFC 8176). */
const references = {
  PASSWORD: 'pwd',
  TOTP: 'otp',
  RECOVERY_CODE: 'otp',
  PASSKEY: 'pop',
  PROVIDER: 'fed',
  EMAIL_CODE: 'otp',
} as const satisfies Record<AuthenticationMethod, string>;

export interface AuthenticationClaims {
  /** `aal2` where two factors were proved, as a passkey does by itself; else `aal1` (NIST SP 800-63B). */
  readonly acr: 'aal1' | 'aal2';
  readonly amr: readonly string[];
  /** When the person last proved who they are, in whole seconds since 1970. */
  readonly auth_time: number;
}

export function authenticationClaims({
  methods,
  provedAt,
}: Pick<Session, 'methods' | 'provedAt'>): AuthenticationClaims {
  const hasTwoFactors = methods.includes('PASSKEY') || methods.length > 1;
  return {
    acr: hasTwoFactors ? 'aal2' : 'aal1',
    amr: [...new Set([...methods.map((method) => references[method]), ...(hasTwoFactors ? ['mfa'] : [])])],
    auth_time: Math.floor(provedAt.getTime() / 1_000),
  };
}
