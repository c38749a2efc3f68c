// Codes of authenticator apps: TOTP (RFC 6238) with HMAC-SHA-1, 6 digits and steps of 30 seconds, which is what every app
// understands.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import { plainCode } from './codes.js';

const stepSeconds = 30;
const digits = 6;

/** How many steps a phone's clock may be ahead or behind (RFC 6238, section 5.2). */
const skew = 1;

/** 160 bits, as RFC 4226, section 4 recommends. */
const seedBytes = 20;

export function newSeed(): Buffer {
  return randomBytes(seedBytes);
}

/** Computes the code of a time step (RFC 4226, section 5.3). */
export function totpCode(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  const number = (mac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** digits;
  return String(number).padStart(digits, '0');
}

/** Reads a code as a person types it; null for any other text than one of 6 digits. */
export function parseTotp(typed: string): string | null {
  const code = plainCode(typed);
  return /^\d{6}$/.test(code) ? code : null;
}

/**
 * Finds the time step of a code, among the current one and its neighbours.
 *
 * @param lastStep the latest step that was accepted: it and earlier ones are passed over
 * @returns null where the code is of none of them
 */
export function findStep(seed: Uint8Array, code: string, now: Date, lastStep: number): number | null {
  const current = Math.floor(now.getTime() / 1_000 / stepSeconds);
  const given = Buffer.from(code);
  // Each is computed, so that the time does not reveal which one matched.
  const matching = [current - skew, current, current + skew].filter(
    (step) => timingSafeEqual(Buffer.from(totpCode(seed, step)), given) && step > lastStep,
  );
  return matching[0] ?? null;
}

/** Makes the key URI that an app reads as a QR code. */
export function totpUri(seed: Uint8Array, issuer: string, account: string): string {
  const name = [issuer, account].map(encodeURIComponent).join(':');
  const parameters = { secret: base32(seed), issuer: encodeURIComponent(issuer) };
  const more = `algorithm=SHA1&digits=${String(digits)}&period=${String(stepSeconds)}`;
  return `otpauth://totp/${name}?secret=${parameters.secret}&issuer=${parameters.issuer}&${more}`;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Encodes bytes in base 32 (RFC 4648, section 6); their number is a multiple of 5, so that there is no padding. */
export function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet.charAt(Number.parseInt(five, 2))).join('');
}
