// `hufu/remote`: the package for a server whose Hufu runs elsewhere. The names are the package's own, so that moving between
// them changes the import.

import '../common/requireNode.js';

export { OperatorError } from '../common/errors.js';
export { type AuthDirective } from '../hufu/authDirective.js';
export { type HostRequest, type KnownOfRequest } from '../hufu/hostRequest.js';
export {
  type HostContext,
  type RemoteContext as HufuContext,
  requireFresh,
  requireSession,
  requireUser,
} from './context.js';
export { createRemoteHufu, type RemoteHufu, type RemoteHufuOptions } from './createRemoteHufu.js';
export {
  type RemoteEnd,
  type RemoteOutcome as SessionOutcome,
  type RemoteSession as Session,
  type RemoteUser as User,
} from './outcome.js';
export type { Freshness } from '../sessions/freshness.js';
export type { HostSocketContext, SocketHooks } from './sockets.js';
export type { EndReason, RejectedSession, SignedOutReason } from '../sessions/types.js';
export type { ClientInfo, Device, DeviceKind } from '../users/types.js';
