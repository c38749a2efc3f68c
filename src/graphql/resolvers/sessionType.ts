import { type SessionResolvers } from '../generated.js';
import { sessionNode } from '../mappers.js';

export const Session: SessionResolvers = {
  id: ({ value }) => value.id,
  device: ({ value }) => value.device,
  ipAddress: ({ value }) => value.ipAddress,
  userAgent: ({ value }) => value.userAgent,
  signedInAt: ({ value }) => value.signedInAt,
  lastSeenAt: ({ value }) => value.lastSeenAt,
  expiresAt: ({ value }) => value.expiresAt,
  endedAt: ({ value }) => value.endedAt,
  endReason: ({ value }) => value.endReason,
  current: ({ value, currentId }) => value.endedAt === null && value.id === currentId,

  async supersededBy({ value, currentId }, _args, { services }) {
    const found = value.supersededBy === null ? null : await services.lookup(value.supersededBy);
    return found === null ? null : sessionNode(found.session, currentId);
  },
};
