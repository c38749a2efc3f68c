// Hufu inside a team's own server: everything below HTTP, without port, process, signals or environment.

import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type GraphQLSchema, type ValidationRule } from 'graphql';

import {
  type AccountReport,
  disableAccount,
  enableAccount,
  endSessionsOf,
  type SeveralAccounts,
  showAccount,
} from '../auth/admin.js';
import { createLinkActs } from '../auth/linkActs.js';
import { createProviderActs } from '../auth/providers/acts.js';
import { type AccountServices } from '../auth/services.js';
import { type Config } from '../config/index.js';
import { type CoreParts, startCore } from '../core.js';
import { type Readiness } from '../db/database.js';
import { fixedLimits } from '../graphql/validation/documentLimits.js';
import { type RejectedSession, type Session } from '../sessions/types.js';
import { createLinkPages } from '../http/routes/emailLinks/routes.js';
import { createProviderForms } from '../http/routes/providers.js';
import { createHostLog, createLog, type Log } from '../observability/log.js';
import { createMetricsIn, noMetrics } from '../observability/metrics.js';
import { type AuthDirective, createAuthDirective, refuseUnguarded, withAuth } from './authDirective.js';
import {
  createHostContext,
  type HostContext,
  liveSessionOf,
  requireFresh,
  requireUser,
} from './hostContext.js';
import { createRequestReader, type HostRequest, type KnownOfRequest } from './hostRequest.js';
import { createHostSchema, type HostExtension } from './hostSchema.js';
import { type HostParts, type HufuOptions } from './options.js';
import { createPageHandlers } from './pages.js';
import { createPlugin, type HufuPlugin } from './plugin.js';
import { createOptionNames, inOptions, logInOptions, type OptionNames } from './optionNames.js';
import { readOptions } from './readOptions.js';
import { createStreamEnds } from './streamEnds.js';
import {
  createSocketHooks,
  createWatch,
  createWatchedEvents,
  onSourceError,
  type SocketHooks,
} from './streams.js';
import { createValueMask } from './submittedValues.js';
import { type HostResolvers } from './wrapResolvers.js';

export interface Hufu {
  /** Hufu's types, for a schema that is made of several texts. */
  readonly typeDefs: string;
  /** The resolvers of {@link Hufu.typeDefs}. They need {@link Hufu.context} in the server's context. */
  readonly resolvers: HostResolvers;
  /** Hufu's part alone, executable. */
  readonly schema: GraphQLSchema;
  /**
   * Makes one executable schema of Hufu's part and the host's, which may extend Hufu's types. `@auth` holds in it.
   *
   * @throws with every name that both define
   */
  extend(own: HostExtension): GraphQLSchema;
  /** The directive `@auth` for the host's own types and fields. A schema that {@link Hufu.extend} makes needs its text alone. */
  readonly auth: AuthDirective;
  /** Rules for the server's documents, beside GraphQL's own: the limits of Hufu's own server, by `graphql.limits`. */
  readonly validationRules: readonly ValidationRule[];
  /**
   * For an Apollo Server: refuses at its start a schema that defines a name of Hufu's, or in which `@auth` does not hold,
   * sends `Retry-After` where an attempt was limited, and takes the submitted value out of the error for a variable of
   * Hufu's types. Put it before plugins that log or report errors.
   */
  readonly plugin: HufuPlugin;

  /**
   * Authenticates a request, with at most one indexed read. Never throws, neither for a bad token nor for a database that
   * cannot be reached: {@link requireUser} throws then.
   *
   * @param request of Node's http, Express, Koa, Fastify, Hono or Fetch
   */
  context(request: HostRequest, known?: KnownOfRequest): Promise<HostContext>;

  /** Hooks for `useServer` of graphql-ws: the host's sockets end with their session. */
  readonly ws: SocketHooks;

  /**
   * Gives the schema in which every subscription ends with its session, over any transport; {@link Hufu.extend} has done so.
   * For a schema that the host makes of {@link Hufu.typeDefs}.
   */
  watched(schema: GraphQLSchema): GraphQLSchema;

  /**
   * Calls `ended` once when the session ends, on any node, also if it has ended already: for server-sent events, `@defer`
   * and other answers that last.
   *
   * @returns a function that ends the watch
   */
  watch(session: Session, ended: (how: RejectedSession) => void): () => void;

  /**
   * Answers the pages of emailed links at `/link/…`, the callbacks of providers at `/providers/…`, `/healthz`, `/readyz` and
   * `/.well-known/webauthn`; null for any other request. The paths stand behind the path of `app.publicUrl`, if it has one.
   */
  fetch(request: Request, known?: KnownOfRequest): Promise<Response | null>;
  /** Answers the same for Node's http, Express and Connect, and gives any other request to `next`. */
  node(request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void;

  /** The acts of operators on an account. */
  readonly users: HufuUsers;

  /** Tells whether the database answers, takes writes and has every table; else why not, where more is known. */
  ready(): Promise<Readiness>;

  /**
   * Brings the tables up to date. {@link createHufu} has done so, unless the database could not be reached.
   *
   * @throws OperatorError that says what the server refuses
   */
  migrate(): Promise<void>;

  /** Lets running work finish, then closes everything: no connection, timer or thread is left. */
  stop(): Promise<void>;
}

/**
 * The acts of operators on an account, named by its id, its email, or an email that it alone had earlier. Each act is
 * recorded and takes effect at once, on every node. Null where there is no such account, several where more than one had the
 * email.
 */
export interface HufuUsers {
  find(name: string): Promise<AccountReport | SeveralAccounts | null>;
  /** Ends every session as ACCOUNT_DISABLED, and refuses further sign-ins. */
  disable(name: string): Promise<AccountReport | SeveralAccounts | null>;
  /** Lets the user sign in again. */
  enable(name: string): Promise<AccountReport | SeveralAccounts | null>;
  /** Ends every session as REVOKED. */
  endSessions(name: string): Promise<AccountReport | SeveralAccounts | null>;
}

/**
 * Opens the database and brings its tables up to date. It resolves also while a database server cannot be reached yet:
 * requests that need it are `SERVICE_UNAVAILABLE` until it can.
 *
 * @throws OperatorError that names every option that does not fit, or says why the database cannot be used
 */
export async function createHufu(options: HufuOptions = {}): Promise<Hufu> {
  const config = readOptions(options);
  const named = createOptionNames(options);
  try {
    return (await startHufu(config, options, named)).hufu;
  } catch (error) {
    throw inOptions(error, named);
  }
}

/** A team's parts, with those of the test kit. */
export type KitParts = HostParts & Pick<CoreParts, 'hashing'>;

export interface StartedHufu {
  readonly hufu: Hufu;
  readonly services: AccountServices;
}

/** Does what {@link createHufu} does, for options that have been read. */
export async function startHufu(config: Config, parts: KitParts, named: OptionNames): Promise<StartedHufu> {
  const log = logInOptions(
    parts.log === undefined
      ? createLog('warn', config.environment === 'development')
      : createHostLog(parts.log),
    named,
  );
  const schema = createHostSchema({
    log,
    limits: { ...config.graphql.limits, ...fixedLimits },
    typePrefix: parts.typePrefix ?? '',
  });
  const metrics = parts.registry === undefined ? null : await createMetricsIn(parts.registry);
  const core = await startCore(config, {
    log,
    metrics: metrics ?? noMetrics,
    clock: parts.clock,
    on: parts.on,
    hashing: parts.hashing,
    texts: parts.texts,
    transport: parts.sendMail && { send: parts.sendMail, close: () => undefined },
  }).catch((error: unknown) => {
    metrics?.close();
    throw error;
  });
  const { services } = core;
  const read = createRequestReader(config.http.trustProxy, (what) => {
    log.warn(what);
  });
  let stopping: Promise<void> | null = null;
  const ready = () => services.database.ready();
  const { linkBase, basePath } = linksOf(config, log);
  const pages = createPageHandlers({
    links: createLinkPages(createLinkActs(services), config.app),
    providerForms: createProviderForms(createProviderActs(services)),
    passkeyOrigins: config.passkeys?.origins ?? [],
    basePath,
    read,
    ready,
    stopping: () => stopping !== null,
    log,
  });
  const mask = createValueMask(schema.schema);
  const auth = createAuthDirective<HostContext>({ requireUser, requireFresh });
  const watch = createWatch(services, log);
  const watched = createStreamEnds({
    sessionOf: liveSessionOf,
    watch,
    except: new Set(Object.keys(schema.schema.getSubscriptionType()?.getFields() ?? {})),
    onError: onSourceError(log),
  });
  core.begin(linkBase);

  const hufu: Hufu = {
    typeDefs: schema.typeDefs,
    resolvers: schema.resolvers,
    schema: schema.schema,
    extend: (own) => watched(withAuth(schema.extend(own), auth)),
    validationRules: schema.validationRules,
    auth,
    plugin: createPlugin({
      clock: services.clock,
      check(given) {
        schema.check(given);
        refuseUnguarded(given);
      },
      mask,
    }),
    context: (request, known) =>
      createHostContext(services, read(request, known), (session) => createWatchedEvents(services, session)),
    ws: createSocketHooks(services, read, { rules: schema.validationRules, mask, log }),
    watched,
    watch,

    fetch: pages.fetch,
    node: pages.node,
    users: {
      find: (name) => showAccount(services, name),
      disable: (name) => disableAccount(services, name),
      enable: (name) => enableAccount(services, name),
      endSessions: (name) => endSessionsOf(services, name),
    },
    ready,
    migrate: () =>
      core.database.migrate().catch((error: unknown) => {
        throw inOptions(error, named);
      }),

    stop: () =>
      (stopping ??= core.stop().then(() => {
        metrics?.close();
      })),
  };
  return { hufu, services };
}

const thisMachine = 'http://localhost:4000';

/** Finds the base of the links in mails: a front end, the pages of this server, or, where neither is known, this machine. */
function linksOf({ app, mail }: Config, log: Log): { readonly linkBase: string; readonly basePath: string } {
  const { publicUrl } = app;
  const { linkBaseUrl } = mail;
  if (publicUrl === null && linkBaseUrl === null)
    log.warn(`app.publicUrl is not set: the links in mails lead to ${thisMachine}`);
  return {
    linkBase: linkBaseUrl ?? `${publicUrl ?? thisMachine}/link`,
    basePath: publicUrl === null ? '' : new URL(publicUrl).pathname.replace(/\/$/, ''),
  };
}
