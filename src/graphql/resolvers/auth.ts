// Accounts: register, sign in, change and reset a password, verify and change an email, delete.

import { completeLogin } from '../../auth/completeLogin.js';
import { confirmEmailChange, requestEmailChange } from '../../auth/changeEmail.js';
import { changePassword } from '../../auth/changePassword.js';
import { confirmIdentity } from '../../auth/confirmIdentity.js';
import { deleteAccount } from '../../auth/deleteAccount.js';
import { loginWithCode, requestLoginCode } from '../../auth/emailCode.js';
import { login } from '../../auth/login.js';
import { completeRegistration } from '../../auth/pendingRegistration.js';
import { register } from '../../auth/register.js';
import { resetPassword } from '../../auth/resetPassword.js';
import { setPassword } from '../../auth/setPassword.js';
import { requestByEmail, requestOwnVerification, verifyEmail } from '../../auth/verifyEmail.js';
import { requireFreshFor, requireSession } from '../context.js';
import { type MutationResolvers } from '../generated.js';
import { linkedUserNode, loginFields, sessionNode, signedInFields, toProblem, userNode } from '../results.js';

export const authMutations = {
  async register(_parent, { input }, context) {
    const outcome = await register(context.services, input, context.clientInfo);
    if (outcome.kind === 'verificationRequested')
      return {
        __typename: 'VerificationRequested',
        to: input.email,
        challenge: { ...outcome.challenge, factors: ['EMAIL_CODE'] },
      };
    if (outcome.kind !== 'signedIn') return toProblem(context, outcome);
    return { __typename: 'RegisterSuccess', ...signedInFields(outcome) };
  },

  async completeRegistration(_parent, { input }, context) {
    const outcome = await completeRegistration(context.services, input, context.clientInfo);
    if (outcome.kind !== 'signedIn') return toProblem(context, outcome);
    return { __typename: 'RegisterSuccess', ...signedInFields(outcome) };
  },

  async login(_parent, { input }, context) {
    const outcome = await login(context.services, input, context.clientInfo);
    if (outcome.kind !== 'signedIn') return toProblem(context, outcome);
    return { __typename: 'LoginSuccess', ...loginFields(outcome) };
  },

  async completeLogin(_parent, { input }, context) {
    const outcome = await completeLogin(context.services, input, context.clientInfo);
    if (outcome.kind !== 'signedIn') return toProblem(context, outcome);
    return { __typename: 'LoginSuccess', ...loginFields(outcome) };
  },

  async requestLoginCode(_parent, { input }, context) {
    const outcome = await requestLoginCode(context.services, input, context.clientInfo);
    if (outcome.kind !== 'loginCodeRequested') return toProblem(context, outcome);
    const challenge = { ...outcome.challenge, factors: ['EMAIL_CODE'] as const };
    return { __typename: 'LoginCodeRequested', to: input.email, challenge };
  },

  async loginWithCode(_parent, { input }, context) {
    const outcome = await loginWithCode(context.services, input, context.clientInfo);
    if (outcome.kind !== 'signedIn') return toProblem(context, outcome);
    return { __typename: 'LoginSuccess', ...loginFields(outcome) };
  },

  async confirmIdentity(_parent, { input }, context) {
    const { session } = requireSession(context);
    const outcome = await confirmIdentity(context.services, session, input, context.clientInfo);
    if (outcome.kind !== 'signedIn') return toProblem(context, outcome);
    return { __typename: 'ConfirmIdentitySuccess', ...signedInFields(outcome) };
  },

  async changePassword(_parent, { input }, context) {
    const caller = requireSession(context);
    const outcome = await changePassword(context.services, caller, input, context.clientInfo);
    if (outcome.kind !== 'signedIn') return toProblem(context, outcome);
    const endedSessions = outcome.ended.map((one) => sessionNode(one, outcome.session.id));
    return { __typename: 'ChangePasswordSuccess', ...signedInFields(outcome), endedSessions };
  },

  async setPassword(_parent, { input }, context) {
    const caller = requireFreshFor(context, 'SET_PASSWORD');
    const outcome = await setPassword(context.services, caller, input.newPassword, context.clientInfo);
    if (outcome.kind !== 'set') return toProblem(context, outcome);
    return { __typename: 'SetPasswordSuccess', user: userNode(outcome.user, caller.session.id) };
  },

  async requestPasswordReset(_parent, { input }, context) {
    const { services, clientInfo } = context;
    const outcome = await requestByEmail(services, 'resetPassword', input.email, clientInfo);
    if (outcome.kind !== 'emailRequested') return toProblem(context, outcome);
    return { __typename: 'EmailRequested', to: outcome.to };
  },

  async resetPassword(_parent, { input }, context) {
    const outcome = await resetPassword(context.services, input, context.clientInfo);
    if (outcome.kind !== 'reset') return toProblem(context, outcome);
    return { __typename: 'ResetPasswordSuccess', user: linkedUserNode(context, outcome.user) };
  },

  /** With an email as input the request's token is ignored: the result is the same for every client. */
  async requestEmailVerification(_parent, { input }, context) {
    const { services, clientInfo } = context;
    const outcome =
      input == null
        ? await requestOwnVerification(services, requireSession(context), clientInfo)
        : await requestByEmail(services, 'verifyEmail', input.email, clientInfo);
    if (outcome.kind !== 'emailRequested') return toProblem(context, outcome);
    return { __typename: 'EmailRequested', to: outcome.to };
  },

  async verifyEmail(_parent, { input }, context) {
    const outcome = await verifyEmail(context.services, input.token, context.clientInfo);
    if (outcome.kind !== 'verified') return toProblem(context, outcome);
    return { __typename: 'VerifyEmailSuccess', user: linkedUserNode(context, outcome.user) };
  },

  async requestEmailChange(_parent, { input }, context) {
    const { session } = requireFreshFor(context, 'REQUEST_EMAIL_CHANGE');
    const outcome = await requestEmailChange(context.services, session, input.newEmail, context.clientInfo);
    if (outcome.kind !== 'emailRequested') return toProblem(context, outcome);
    return { __typename: 'EmailRequested', to: outcome.to };
  },

  async confirmEmailChange(_parent, { input }, context) {
    const outcome = await confirmEmailChange(context.services, input.token, context.clientInfo);
    if (outcome.kind !== 'changed') return toProblem(context, outcome);
    return { __typename: 'ConfirmEmailChangeSuccess', user: linkedUserNode(context, outcome.user) };
  },

  async deleteAccount(_parent, _args, context) {
    const { session } = requireFreshFor(context, 'DELETE_ACCOUNT');
    const outcome = await deleteAccount(context.services, session, context.clientInfo);
    if (outcome.kind !== 'deleted') return toProblem(context, outcome);
    return { __typename: 'DeleteAccountSuccess', id: outcome.id };
  },
} satisfies MutationResolvers;
