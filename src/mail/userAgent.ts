// The browser and the system of a User-Agent, in words that a mail may repeat.

import Bowser from 'bowser';

const browsers: ReadonlySet<string> = new Set(Object.values(Bowser.BROWSER_MAP));
const systems: ReadonlySet<string> = new Set(Object.values(Bowser.OS_MAP));

/**
 * Returns the browser and the system that a User-Agent names, such as `Firefox on Linux`; null where neither is known. A stranger
 * chooses the User-Agent, and the owner of an email trusts our mail: only names that we know get there.
 */
export function knownProgram(userAgent: string | null): string | null {
  if (userAgent === null || userAgent === '') return null;
  const { browser, os } = Bowser.parse(userAgent);
  // The library gives back words of the User-Agent where it knows none: those are not for a mail.
  const program = browser.name !== undefined && browsers.has(browser.name) ? browser.name : null;
  const system = os.name !== undefined && systems.has(os.name) ? os.name : null;
  return program === null || system === null ? (program ?? system) : `${program} on ${system}`;
}
