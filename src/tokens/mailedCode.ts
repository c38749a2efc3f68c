// The code in a mail that completes a challenge. It is derived from the challenge's id, so that no row contains it and a
// mail that is sent again has the same code. A code is worth nothing without the challenge's token.

import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

import { type Keyring } from './keyring.js';

export interface MailedCodes {
  /** Gives the code of a challenge: 8 digits. */
  codeOf(challengeId: string): string;
  /** Tells whether these digits are the code of a challenge. */
  isCode(challengeId: string, digits: string): boolean;
}

/** Few enough to type, and too many to guess in 5 tries of each mail that a recipient gets. */
const digits = 8;

export function createMailedCodes({ mailedCodes: keys }: Keyring): MailedCodes {
  const derive = (key: KeyObject, challengeId: string) => {
    const mac = createHmac('sha256', key).update(challengeId).digest();
    return String(mac.readBigUInt64BE() % 10n ** BigInt(digits)).padStart(digits, '0');
  };
  return {
    codeOf: (challengeId) => derive(keys.current.key, challengeId),
    isCode: (challengeId, typed) =>
      typed.length === digits &&
      keys.all.some((key) => timingSafeEqual(Buffer.from(derive(key, challengeId)), Buffer.from(typed))),
  };
}
