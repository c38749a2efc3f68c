import { type HufuSession } from 'hufu/client';

/** For a button "Sign in with …": returns the page to open, `location.assign(url)`. */
export async function goToProvider(session: HufuSession, provider: string, redirectUri: string) {
  const result = await session.startProviderLogin({ provider, redirectUri });
  if (result.__typename !== 'ProviderLoginStarted') throw new Error(result.message);
  return result.url;
}

/** Call it whenever the page opens, with `location.search`. Returns what to tell the person; null if nothing. */
export async function returnFromProvider(session: HufuSession, search: string) {
  const result = await session.completeProviderLogin(search);
  // No one has returned from a provider, or the session has the token.
  if (result === null || 'token' in result) return null;
  if (result.__typename !== 'AccountExists') return result.message;
  return `${result.message} It has: ${result.methods.join(', ')}.`;
}
