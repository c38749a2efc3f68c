import { type HufuSession } from 'hufu/client';

/** Starts the sign-in of a button "Sign in with …". Returns the URL to open with `location.assign(url)`. */
export async function goToProvider(session: HufuSession, provider: string, redirectUri: string) {
  const result = await session.startProviderLogin({ provider, redirectUri });
  if (result.__typename !== 'ProviderLoginStarted') throw new Error(result.message);
  return result.url;
}

/** Completes the sign-in. Call it with `location.search` whenever the page opens. Returns a sentence for the user, or null. */
export async function returnFromProvider(session: HufuSession, search: string) {
  const result = await session.completeProviderLogin(search);
  // The user did not come from the provider, or the session has taken the token.
  if (result === null || 'token' in result) return null;
  if (result.__typename !== 'AccountExists') return result.message;
  return `${result.message} It has: ${result.methods.join(', ')}.`;
}
