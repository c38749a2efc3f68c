import { changePassword as change } from '../../auth/changePassword.js';
import { requireSession } from '../requireUser.js';
import { rejection } from '../errors.js';
import { type MutationResolvers } from '../generated.js';
import { sessionNode } from '../mappers.js';
import { invalidInput, tooManyAttempts, weakPassword, wrongPassword } from '../results.js';
import { signedInFields } from '../signedInFields.js';

type Resolver = NonNullable<MutationResolvers['changePassword']>;

export const changePassword: Resolver = async (_parent, { input }, context) => {
  const outcome = await change(context.services, requireSession(context), input, context.clientInfo);
  switch (outcome.kind) {
    case 'signedIn': {
      const endedSessions = outcome.ended.map((one) => sessionNode(one, outcome.session.id));
      return { __typename: 'ChangePasswordSuccess', ...signedInFields(outcome), endedSessions };
    }
    case 'signedOut':
      throw rejection(outcome.outcome);
    case 'limited':
      return tooManyAttempts(context, outcome);
    case 'invalidCredentials':
      return wrongPassword;
    case 'invalidInput':
      return invalidInput(outcome.issues);
    case 'weakPassword':
      return weakPassword(outcome.suggestions);
  }
};
