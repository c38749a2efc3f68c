// Finds the browser for the tests of pages.

import { existsSync } from 'node:fs';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Its path; null where there is none, and the tests that need it are skipped. */
export function findChromium(): string | null {
  return places.find((place) => existsSync(place)) ?? null;
}

/** The name of the skipped test that stands for all which need it; the summary looks for this name. */
export const needsChromium = 'needs Chromium';
