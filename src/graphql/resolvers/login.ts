import { login as logIn } from '../../auth/login.js';
import { type MutationResolvers } from '../generated.js';
import { sessionNode } from '../mappers.js';
import {
  accountDisabled,
  invalidCredentials,
  invalidInput,
  sessionLimitReached,
  tooManyAttempts,
} from '../results.js';
import { signedInFields } from '../signedInFields.js';

export const login: NonNullable<MutationResolvers['login']> = async (_parent, { input }, context) => {
  const outcome = await logIn(context.services, input, context.clientInfo);
  switch (outcome.kind) {
    case 'signedIn': {
      const superseded = outcome.superseded.map((one) => sessionNode(one, outcome.session.id));
      return { __typename: 'LoginSuccess', ...signedInFields(outcome), superseded };
    }
    case 'limited':
      return tooManyAttempts(context, outcome);
    case 'invalidCredentials':
      return invalidCredentials;
    case 'accountDisabled':
      return accountDisabled;
    case 'sessionLimitReached':
      return sessionLimitReached(outcome.sessions);
    case 'invalidInput':
      return invalidInput(outcome.issues);
  }
};
