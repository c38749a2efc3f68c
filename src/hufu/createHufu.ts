// Hufu inside a team's own server: everything below HTTP, without port, process, signals or environment.

import { type ApolloServerPlugin } from '@apollo/server';
import { type ValidationRule } from 'graphql';

import { type Config } from '../config/index.js';
import { startCore } from '../core.js';
import { fixedLimits } from '../graphql/validation/documentLimits.js';
import { createHostLog, createLog } from '../observability/log.js';
import { createMetricsIn, noMetrics } from '../observability/metrics.js';
import { createHostContext, type HostContext } from './hostContext.js';
import { createRequestReader, type HostRequest, type KnownOfRequest } from './hostRequest.js';
import { createHostLimits, createHostSchema, type HostResolvers } from './hostSchema.js';
import { type HostParts, type HufuOptions } from './options.js';
import { createPlugin } from './plugin.js';
import { readOptions } from './readOptions.js';

export interface Hufu {
  /** Hufu's types, for a schema that is made of several texts. */
  readonly typeDefs: string;
  /** The resolvers of {@link Hufu.typeDefs}. They need {@link Hufu.context} in the server's context. */
  readonly resolvers: HostResolvers;
  /** Rules for the server's documents, beside GraphQL's own: the limits of Hufu's own server, by `graphql.limits`. */
  readonly validationRules: readonly ValidationRule[];
  /** For an Apollo Server: sends `Retry-After` where an attempt was limited. */
  readonly plugin: ApolloServerPlugin;

  /**
   * Authenticates a request, with at most one indexed read. Never throws, neither for a bad token nor for a database that
   * cannot be reached: what needs a user throws then.
   *
   * @param request of Node's http, Express, Koa, Fastify or Fetch
   */
  context(request: HostRequest, known?: KnownOfRequest): Promise<HostContext>;

  /** Lets running work finish, then lets go of everything: no connection, timer or thread is left. */
  stop(): Promise<void>;
}

/**
 * Opens the database and brings its tables up to date. A database server that cannot be reached yet does not keep it from
 * resolving: what needs it is `SERVICE_UNAVAILABLE` until it is there.
 *
 * @throws OperatorError that names every option that does not fit, or says why the database cannot be used
 */
export async function createHufu(options: HufuOptions = {}): Promise<Hufu> {
  return startHufu(readOptions(options), options);
}

async function startHufu(config: Config, parts: HostParts): Promise<Hufu> {
  const log =
    parts.log === undefined
      ? createLog('warn', config.environment === 'development')
      : createHostLog(parts.log);
  const metrics = parts.registry === undefined ? null : await createMetricsIn(parts.registry);
  const core = await startCore(config, {
    log,
    metrics: metrics ?? noMetrics,
    ...(parts.clock === undefined ? {} : { clock: parts.clock }),
    ...(parts.on === undefined ? {} : { on: parts.on }),
    ...(parts.texts === undefined ? {} : { texts: parts.texts }),
    ...(parts.sendMail === undefined ? {} : { transport: { send: parts.sendMail, close: () => undefined } }),
  }).catch((error: unknown) => {
    metrics?.close();
    throw error;
  });
  const { services } = core;
  const read = createRequestReader(config.http.trustProxy);
  core.begin(linkBaseOf(config));

  return {
    ...createHostSchema(log),
    validationRules: [createHostLimits({ ...config.graphql.limits, ...fixedLimits })],
    plugin: createPlugin(services.clock),
    context: (request, known) => createHostContext(services, read(request, known), null),
    async stop() {
      await core.stop();
      metrics?.close();
    },
  };
}

/** Where the links in mails lead: to a front end, to the pages of this server, or, where neither is known, to this machine. */
function linkBaseOf({ app, mail }: Config): string {
  return mail.linkBaseUrl ?? `${app.publicUrl ?? 'http://localhost:4000'}/link`;
}
