interface Answer {
  readonly data: { readonly me: { readonly id: string } | null } | null;
  readonly errors?: readonly { readonly extensions: { readonly code: string; readonly reason?: string } }[];
}

/** Returns the user's id, or the reason why the request is signed out. Throws when Hufu is unavailable: answer 503. */
export async function authenticate(url: string, authorization: string | undefined) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: JSON.stringify({ query: '{ me { id } }' }),
  });
  const { data, errors } = (await response.json()) as Answer;
  const refused = errors?.find(({ extensions }) => extensions.code === 'UNAUTHENTICATED');
  if (refused !== undefined) return { signedOut: refused.extensions.reason ?? 'NO_TOKEN' };
  if (data?.me == null) throw new Error('Hufu is unavailable.');
  return { userId: data.me.id };
}
