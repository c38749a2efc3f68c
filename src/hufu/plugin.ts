// The plugin for a host's Apollo Server: it checks the schema when the server starts, sends `Retry-After` where an attempt
// was limited, and keeps submitted values out of errors.

import { type GraphQLSchema } from 'graphql';

import { type Clock } from '../common/clock.js';
import { RequestContext } from '../graphql/context.js';
import { secondsUntil } from '../graphql/server.js';
import { hufuIn } from './hostContext.js';
import { type MaskValues } from './submittedValues.js';

/**
 * A plugin of Apollo Server. It names no type of that package: the types of its major versions do not fit each other, and a
 * host may have another one than Hufu.
 */
export interface HufuPlugin {
  serverWillStart(service: { readonly schema: GraphQLSchema }): Promise<void>;
  requestDidStart(): Promise<RequestListener>;
}

interface RequestListener {
  didEncounterErrors(request: { readonly errors: readonly unknown[] }): Promise<void>;
  willSendResponse(request: WillSend): Promise<void>;
}

export interface PluginParts {
  readonly clock: Clock;
  /** Throws for a schema that must not be served. */
  readonly check: (schema: GraphQLSchema) => void;
  readonly mask: MaskValues;
}

export function createPlugin({ clock, check, mask }: PluginParts): HufuPlugin {
  const listener = Promise.resolve<RequestListener>({
    // Before the first await: plugins behind this one get the masked error.
    didEncounterErrors({ errors }) {
      errors.forEach(mask);
      return Promise.resolve();
    },
    willSendResponse({ contextValue, response }) {
      const hufu = hufuIn(contextValue);
      if (hufu instanceof RequestContext && hufu.notes.retryAt !== null)
        response.http.headers.set('retry-after', secondsUntil(hufu.notes.retryAt, clock.now()));
      return Promise.resolve();
    },
  });
  return {
    serverWillStart({ schema }) {
      check(schema);
      return Promise.resolve();
    },
    requestDidStart: () => listener,
  };
}

interface WillSend {
  readonly contextValue: unknown;
  readonly response: { readonly http: { readonly headers: Map<string, string> } };
}
