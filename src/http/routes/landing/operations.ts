// The operations that the landing page offers: the story of a second login, in the order in which it is tried.

export interface LandingOperation {
  readonly name: string;
  /** What to do and what will be seen. */
  readonly hint: string;
  readonly text: string;
  /** Whether it means something only with the Authorization header. */
  readonly signedIn: boolean;
  readonly variables: Readonly<Record<string, unknown>>;
}

const person = { email: 'ada@example.com', password: 'three-lanterns-by-the-quay' };
const onThePhone = { input: { ...person, device: { kind: 'MOBILE', name: "Ada's phone" } } };
const onTheLaptop = { input: { ...person, device: { kind: 'DESKTOP', name: "Ada's laptop" } } };

/** What the page's Authorization field holds until a token has been put there. */
export const tokenField = 'Bearer <paste the token here>';

/** The variables that the page starts with; `Register` and `Login` take the same. */
export const landingVariables = onThePhone;

export const landingOperations: readonly LandingOperation[] = [
  {
    name: 'Register',
    hint: "Make an account, signed in on the phone. Put the answer's token into the Authorization header.",
    signedIn: false,
    variables: onThePhone,
    text: `mutation Register($input: RegisterInput!) {
  register(input: $input) {
    __typename
    ... on RegisterSuccess {
      token
      expiresAt
      session { id device { kind name } }
      user { id email }
    }
    ... on VerificationRequested { to }
    ... on Problem { message }
    ... on InvalidInput { issues { field message } }
    ... on WeakPassword { suggestions }
  }
}`,
  },
  {
    name: 'Me',
    hint: 'Ask who is signed in, with that token.',
    signedIn: true,
    variables: {},
    text: `query Me {
  me {
    id
    email
    lastLoginAt
    sessions { id device { kind name } signedInAt lastSeenAt current }
  }
}`,
  },
  {
    name: 'Login',
    hint: 'Sign in on a second device: change the kind and the name in the variables first.',
    signedIn: false,
    variables: onTheLaptop,
    text: `mutation Login($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on LoginSuccess {
      token
      expiresAt
      session { id device { kind name } }
      superseded { id device { kind name } endedAt endReason }
    }
    ... on Problem { message }
    ... on InvalidInput { issues { field message } }
  }
}`,
  },
  {
    name: 'Session',
    hint: 'Ask what the first token stands for now: signed out, why, when and by which device. Me is refused with it.',
    signedIn: true,
    variables: {},
    text: `query Session {
  session {
    __typename
    ... on Session { id device { kind name } signedInAt expiresAt }
    ... on SignedOut { reason at by { kind name } }
  }
}`,
  },
];

/** All of them as one document, each under its hint. */
export const landingDocument = landingOperations
  .map(({ hint, text }, index) => `# ${String(index + 1)}. ${hint}\n${text}`)
  .join('\n\n');
