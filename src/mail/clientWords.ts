// What a mail says of a client. A stranger chooses a program's and a device's words, and the owner of an email trusts what
// is in our mail: so nothing gets there but names that we know, and letters, digits and spaces.

import Bowser from 'bowser';

/** The most letters of a device's name in a mail. */
const maxName = 40;

const browsers: ReadonlySet<string> = new Set(Object.values(Bowser.BROWSER_MAP));
const systems: ReadonlySet<string> = new Set(Object.values(Bowser.OS_MAP));

/** The browser and the system that a User-Agent names, such as `Firefox on Linux`; null where neither is known. */
export function knownProgram(userAgent: string | null): string | null {
  if (userAgent === null || userAgent === '') return null;
  const { browser, os } = Bowser.parse(userAgent);
  // The library gives back words of the User-Agent where it knows none: those are not for a mail.
  const program = browser.name !== undefined && browsers.has(browser.name) ? browser.name : null;
  const system = os.name !== undefined && systems.has(os.name) ? os.name : null;
  return program === null || system === null ? (program ?? system) : `${program} on ${system}`;
}

/** A device's name without what could make a link or a sentence of it; null where nothing is left. */
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
