// The part of PostGraphile's types that postgraphile.ts uses. The package itself needs Node 22 and is too large to install here.

declare module 'postgraphile' {
  import type { IncomingMessage, Server } from 'node:http';
  import type { WebSocket } from 'ws';

  global {
    namespace Grafast {
      interface RequestContext {
        readonly node: { readonly req: IncomingMessage };
        readonly ws: {
          readonly socket: WebSocket | undefined;
          readonly request: IncomingMessage | undefined;
          readonly connectionParams: Record<string, unknown> | undefined;
        };
      }
    }
  }

  type Middleware = (
    next: () => unknown,
    event: { readonly args: { readonly contextValue: never } },
  ) => unknown;

  export function postgraphile(preset: {
    readonly extends: readonly object[];
    readonly pgServices: readonly object[];
    readonly plugins: readonly { name: string; grafast: { middleware: Record<string, Middleware> } }[];
    readonly grafserv: { readonly websockets: boolean };
    readonly grafast: { context(request: Partial<Grafast.RequestContext>): Promise<object> };
  }): { createServ(make: unknown): { addTo(server: Server): Promise<void> } };
}

declare module 'postgraphile/adaptors/pg' {
  export function makePgService(options: object): object;
}

declare module 'postgraphile/grafserv/node' {
  export const grafserv: unknown;
}

declare module 'postgraphile/presets/amber' {
  export const PostGraphileAmberPreset: object;
}
