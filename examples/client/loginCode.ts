import { type HufuSession, loginCodeIn } from 'hufu/client';

/** Call it whenever the page opens, with `location.hash`. Returns what to tell the person; null if nothing. */
export async function openFromMail(session: HufuSession, hash: string) {
  const code = loginCodeIn(hash);
  if (code === null) return null;
  const result = await session.loginWithCode({ code });
  if (result === null)
    return 'Type the code from the mail on the device and the page where you asked for it.';
  // The session has the token.
  return 'token' in result ? null : result.message;
}
