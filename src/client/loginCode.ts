// A sign-in by a mailed code, until the person types the code or opens the link in the mail.

import { platform, type KeptText, keptText } from './platform.js';

/** Keeps the challenge's token for every tab of the browser: the link opens in a new one. */
export function pendingLoginCode(url: string): KeptText {
  const token = keptText('localStorage', `hufu:loginCode:${url}`);
  // Hufu's page behind the link goes back to this page, if both are of one origin.
  const page = keptText('localStorage', 'hufu:loginCodePage');
  return {
    keep(challengeToken) {
      token.keep(challengeToken);
      const [href] = platform.location?.href.split('#') ?? [];
      if (href !== undefined) page.keep(href);
    },
    read: () => token.read(),
    forget() {
      token.forget();
      page.forget();
    },
  };
}

/** Reads the code from the fragment of the link's URL, `location.hash`; null where it has none. */
export function loginCodeIn(hash: string): string | null {
  const code = new URLSearchParams(hash.replace(/^#/, '')).get('code');
  return code !== null && /^\d{8}$/.test(code) ? code : null;
}
