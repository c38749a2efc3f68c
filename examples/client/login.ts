import { GraphQLClient, gql } from 'graphql-request';

interface Login {
  readonly login:
    | { readonly __typename: 'LoginSuccess'; readonly token: string }
    | { readonly __typename: string; readonly message: string };
}

export async function logIn(url: string, email: string, password: string): Promise<string> {
  const client = new GraphQLClient(url);
  const { login } = await client.request<Login>(
    gql`
      mutation Login($input: LoginInput!) {
        login(input: $input) {
          __typename
          ... on LoginSuccess {
            token
          }
          ... on Problem {
            message
          }
        }
      }
    `,
    { input: { email, password, device: { kind: 'DESKTOP', name: 'Work laptop' } } },
  );
  if ('token' in login) return login.token;
  throw new Error(login.message);
}
