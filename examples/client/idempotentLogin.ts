import { ClientError, gql, type GraphQLClient } from 'graphql-request';

const loginDocument = gql`
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
`;

/** Repeats a login whose answer is lost, with the same key each time, so that it opens one session at most. */
export async function logInWithRetries(client: GraphQLClient, email: string, password: string) {
  const input = { email, password, idempotencyKey: crypto.randomUUID() };
  for (let tries = 1; ; tries += 1) {
    try {
      return await client.request<{ login: { __typename: string } }>(loginDocument, { input });
    } catch (error) {
      const code =
        error instanceof ClientError ? error.response.errors?.[0]?.extensions['code'] : 'NO_ANSWER';
      const isTemporary = code === 'NO_ANSWER' || code === 'SERVICE_UNAVAILABLE';
      if (!isTemporary || tries === 6) throw error;
      // Waits 1, 2, 4, 8 and 16 s: 31 s in all.
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tries));
    }
  }
}
