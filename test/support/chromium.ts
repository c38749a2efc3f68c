// Where the browser is that pages are tested in.

import { existsSync } from 'node:fs';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Its path; null where there is none, and the tests that need it are skipped. */
export function findChromium(): string | null {
  return places.find((place) => existsSync(place)) ?? null;
}

/** The name of the test that is skipped in the place of those that need it; the summary looks for it. */
export const needsChromium = 'needs Chromium';
