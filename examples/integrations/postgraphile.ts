import { once } from 'node:events';
import { createServer } from 'node:http';

import { createRemoteHufu, type HostContext, type HostSocketContext, requireUser } from 'hufu/remote';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

const { HUFU_URL = '', HUFU_SERVICE_KEY = '', DATABASE_URL = '', PORT = '5000' } = process.env;

const hufu = createRemoteHufu({ url: HUFU_URL, serviceKey: HUFU_SERVICE_KEY });

const hooked = new WeakMap<object, HostSocketContext>();

/** The context of a request, or of an operation of a websocket, which closes when its session ends. */
async function contextOf({ node, ws }: Partial<Grafast.RequestContext>): Promise<HostContext> {
  if (node !== undefined) return hufu.context(node.req);
  const { socket, request, connectionParams } = ws ?? {};
  if (socket === undefined || request === undefined) throw new Error('Neither a request nor a websocket.');
  const known = hooked.get(socket);
  if (known !== undefined) return hufu.ws.context(known);
  const connection = { connectionParams, extra: { socket, request } };
  hooked.set(socket, connection);
  socket.once('close', () => {
    hufu.ws.onClose(connection);
  });
  await hufu.ws.onConnect(connection);
  return hufu.ws.context(connection);
}

/** Refuses a request whose session has ended or cannot be checked, with the reason. Otherwise the request would see no rows. */
function refuseEnded(
  next: () => unknown,
  { args }: { readonly args: { readonly contextValue: HostContext } },
) {
  const { contextValue: context } = args;
  try {
    if (context.hufu.session.kind !== 'anonymous') requireUser(context);
  } catch (error) {
    return { errors: [error] };
  }
  return next();
}

const pgl = postgraphile({
  extends: [PostGraphileAmberPreset],
  // Connects as `app`, which owns no table with a policy.
  pgServices: [makePgService({ connectionString: DATABASE_URL, schemas: ['public'] })],
  plugins: [{ name: 'Hufu', grafast: { middleware: { execute: refuseEnded, subscribe: refuseEnded } } }],
  grafserv: { websockets: true },
  grafast: {
    async context(request) {
      const context = await contextOf(request);
      const { session } = context.hufu;
      const id = session.kind === 'active' ? session.session.id : '';
      return { ...context, pgSettings: { 'hufu.session_id': id } };
    },
  },
});

const server = createServer();
await pgl.createServ(grafserv).addTo(server);
await once(server.listen(Number(PORT)), 'listening');
