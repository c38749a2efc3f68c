import { type HufuSession, loginCodeIn } from 'hufu/client';

/** Signs in with the link. Call it with `location.hash` whenever the page opens. Returns a sentence for the user, or null. */
export async function openFromMail(session: HufuSession, hash: string) {
  const code = loginCodeIn(hash);
  if (code === null) return null;
  const result = await session.loginWithCode({ code });
  if (result === null)
    return 'Type the code from the mail on the device and the page where you asked for it.';
  // The session has taken the token.
  return 'token' in result ? null : result.message;
}
