import { GraphQLClient, gql } from 'graphql-request';

/** Keep it in this tab until the person returns, such as in `sessionStorage`. Never put it into a URL. */
export interface Pending {
  readonly challengeToken: string;
}

/** Returns the page to open, `location.assign(url)`, and what to keep meanwhile. */
export async function beginLogin(api: string, provider: string, redirectUri: string) {
  const { startProviderLogin: started } = await new GraphQLClient(api).request<Started>(
    gql`
      mutation StartProviderLogin($input: StartProviderLoginInput!) {
        startProviderLogin(input: $input) {
          ... on ProviderLoginStarted {
            url
            challenge {
              token
            }
          }
          ... on Problem {
            message
          }
        }
      }
    `,
    { input: { provider, redirectUri } },
  );
  if ('message' in started) throw new Error(started.message);
  const pending: Pending = { challengeToken: started.challenge.token };
  return { url: started.url, pending };
}

/** Signs in when the person has returned; `returnedTo` is `location.href`. */
export async function completeLogin(api: string, { challengeToken }: Pending, returnedTo: string) {
  const { searchParams } = new URL(returnedTo);
  const error = searchParams.get('error');
  if (error !== null) throw new Error('The sign-in was cancelled.');
  const input = {
    challengeToken,
    code: searchParams.get('code') ?? '',
    state: searchParams.get('state') ?? '',
    iss: searchParams.get('iss'),
    device: { kind: 'WEB', name: 'Browser' },
  };
  const { completeProviderLogin: result } = await new GraphQLClient(api).request<Completed>(
    gql`
      mutation CompleteProviderLogin($input: CompleteProviderLoginInput!) {
        completeProviderLogin(input: $input) {
          __typename
          ... on LoginSuccess {
            token
          }
          ... on RegisterSuccess {
            token
          }
          ... on Problem {
            message
          }
          ... on AccountExists {
            methods
          }
        }
      }
    `,
    { input },
  );
  return result;
}

interface Started {
  readonly startProviderLogin:
    { readonly url: string; readonly challenge: { readonly token: string } } | { readonly message: string };
}

interface Completed {
  readonly completeProviderLogin:
    | { readonly __typename: 'LoginSuccess' | 'RegisterSuccess'; readonly token: string }
    | { readonly __typename: 'AccountExists'; readonly message: string; readonly methods: readonly string[] }
    | { readonly __typename: string; readonly message?: string };
}
