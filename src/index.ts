// The package: Hufu inside a team's own server.

import './common/requireNode.js';

export { OperatorError } from './common/errors.js';
export { type Clock } from './common/clock.js';
export { type AccountReport, type SeveralAccounts } from './auth/admin.js';
export { type Readiness } from './db/database.js';
export { createHufu, type Hufu, type HufuUsers } from './hufu/createHufu.js';
export {
  type HostContext,
  type HufuContext,
  requireFresh,
  requireSession,
  requireUser,
} from './hufu/hostContext.js';
export { type AuthDirective } from './hufu/authDirective.js';
export { type HostRequest, type KnownOfRequest } from './hufu/hostRequest.js';
export { type HostExtension } from './hufu/hostSchema.js';
export { type HostResolvers } from './hufu/wrapResolvers.js';
export { type HostParts, type HufuOptions } from './hufu/options.js';
export { type PostgresClient } from './hufu/postgresClient.js';
export { fromEnvironment } from './hufu/readOptions.js';
export { type Freshness } from './sessions/freshness.js';
export { type HostSocketContext, type SocketHooks } from './hufu/streams.js';
export { type RejectedSession } from './sessions/types.js';
export { type EndReason, type Session, type SessionOutcome, type SignedOutReason } from './sessions/types.js';
export { type ClientInfo, type Device, type DeviceKind, type User } from './users/types.js';
