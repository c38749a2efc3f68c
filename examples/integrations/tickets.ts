import { createRemoteJWKSet, jwtVerify } from 'jose';

// #region mint
/** Requests a ticket for the server `audience`, as a signed-in client. */
export async function mintTicket(hufu: string, token: string, audience: string): Promise<string> {
  const query = `mutation ($input: MintTicketInput!) {
    mintTicket(input: $input) { ... on MintTicketSuccess { ticket } ... on Problem { message } } }`;
  const response = await fetch(`${hufu}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables: { input: { audience } } }),
  });
  const { data, errors } = (await response.json()) as {
    data?: { mintTicket: { ticket?: string; message?: string } } | null;
    errors?: { message: string }[];
  };
  const ticket = data?.mintTicket.ticket;
  if (ticket === undefined) throw new Error(data?.mintTicket.message ?? errors?.[0]?.message);
  return ticket;
}
// #endregion

// #region verify
/** Makes a function that verifies a ticket for this server, and gives the ids of the user and the session. */
export function createTicketVerifier(hufu: string, issuer: string, audience: string) {
  const keys = createRemoteJWKSet(new URL(`${hufu}/.well-known/jwks.json`));
  return async (ticket: string) => {
    const options = { issuer, audience, algorithms: ['ES256'], typ: 'ticket+jwt' };
    const { payload } = await jwtVerify(ticket, keys, options);
    return { userId: payload.sub, sessionId: payload['sid'] };
  };
}
// #endregion

// #region exchange
/** Exchanges the token of a user's request for a ticket, in a service that calls the server `audience` for that user. */
export async function exchangeToken(hufu: string, serviceKey: string, token: string, audience: string) {
  const response = await fetch(`${hufu}/token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${serviceKey}` },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience,
    }),
  });
  const { access_token: ticket, error } = (await response.json()) as {
    access_token?: string;
    error?: string;
  };
  if (ticket === undefined) throw new Error(error);
  return ticket;
}
// #endregion
