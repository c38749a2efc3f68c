import { gql } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { type Ended, HufuError, reasonSentence } from 'hufu/client';
import { useSession } from 'hufu/client/react';
import { type SubmitEvent, useState } from 'react';

import { session } from './client.js';

const meDocument = gql`
  query Me {
    me {
      id
      email
    }
  }
`;

export function App() {
  const state = useSession(session);
  if (state.status === 'unknown') return null;
  if (state.status === 'signedIn') return <Account key={state.userId} />;
  return <SignIn ended={state.ended} />;
}

function Account() {
  const { data } = useQuery<{ me: { email: string } | null }>(meDocument);
  const signOut = () => {
    // Signs the device out at once, even if the server does not answer.
    session.logout().catch(() => undefined);
  };
  return (
    <main>
      <p>Signed in as {data?.me?.email}</p>
      <button onClick={signOut}>Sign out</button>
    </main>
  );
}

function SignIn({ ended }: { readonly ended: Ended | null }) {
  const [problem, setProblem] = useState<string | null>(null);
  const signIn = async (form: FormData) => {
    try {
      const result = await session.login({
        email: String(form.get('email')),
        password: String(form.get('password')),
      });
      setProblem('message' in result ? result.message : null);
    } catch (error) {
      setProblem(error instanceof HufuError ? error.message : 'Something went wrong.');
    }
  };
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void signIn(new FormData(event.currentTarget));
  };
  return (
    <form onSubmit={onSubmit}>
      {ended !== null && <p role="alert">{reasonSentence(ended)}</p>}
      {problem !== null && <p role="alert">{problem}</p>}
      <input name="email" autoComplete="username" aria-label="E-mail" />
      <input name="password" type="password" autoComplete="current-password" aria-label="Password" />
      <button>Sign in</button>
    </form>
  );
}
