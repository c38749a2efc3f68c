// `hufu/remote`: the package for a server whose Hufu runs elsewhere.

export { OperatorError } from '../common/errors.js';
export { type HostRequest, type KnownOfRequest } from '../hufu/hostRequest.js';
export {
  type HostContext,
  type RemoteContext,
  requireFresh,
  requireSession,
  requireUser,
} from './context.js';
export { createRemoteHufu, type RemoteHufu, type RemoteHufuOptions } from './createRemoteHufu.js';
export { type RemoteEnd, type RemoteOutcome, type RemoteSession, type RemoteUser } from './outcome.js';
export { type HostSocketContext, type SocketHooks } from './sockets.js';
