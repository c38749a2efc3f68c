// Every resolver, by the schema's own names.

import { GraphQLDateTimeISO } from 'graphql-scalars';

import { type Resolvers } from '../generated.js';
import { changePassword } from './changePassword.js';
import { confirmEmailChange } from './confirmEmailChange.js';
import { deleteAccount } from './deleteAccount.js';
import { endOtherSessions } from './endOtherSessions.js';
import { endSession } from './endSession.js';
import { login } from './login.js';
import { logout } from './logout.js';
import { me } from './me.js';
import { register } from './register.js';
import { requestEmailChange } from './requestEmailChange.js';
import { requestEmailVerification } from './requestEmailVerification.js';
import { requestPasswordReset } from './requestPasswordReset.js';
import { resetPassword } from './resetPassword.js';
import { session } from './session.js';
import { sessionEnded } from './sessionEnded.js';
import { Session } from './sessionType.js';
import { User } from './user.js';
import { verifyEmail } from './verifyEmail.js';

export const resolvers: Resolvers = {
  DateTime: GraphQLDateTimeISO,
  Query: { me, session },
  Mutation: {
    register,
    login,
    logout,
    endSession,
    endOtherSessions,
    changePassword,
    requestEmailVerification,
    verifyEmail,
    requestPasswordReset,
    resetPassword,
    requestEmailChange,
    confirmEmailChange,
    deleteAccount,
  },
  Subscription: { sessionEnded },
  User,
  Session,
};
