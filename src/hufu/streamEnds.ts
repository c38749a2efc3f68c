// Subscriptions of a host's own that end with their session, over any transport: websockets, server-sent events, multipart.
// The schema itself ends them, since no hook of a server sees all of its streams.

import { MapperKind, mapSchema } from '@graphql-tools/utils';
import { type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';

export interface StreamEndsParts<Session> {
  /** The live session of a host's context; null where there is none: the stream is then for strangers too. */
  readonly sessionOf: (context: unknown) => Session | null;
  readonly watch: (session: Session, ended: () => void) => () => void;
  /** The names of subscriptions that are not ended, since they tell of the end themselves. */
  readonly except?: ReadonlySet<string>;
  /** Called with the error that a source throws as it is stopped. */
  readonly onError: (error: unknown) => void;
}

/** Gives the schema in which every subscription ends with its session. */
export type StreamEnds = (schema: GraphQLSchema) => GraphQLSchema;

/** Makes the function that gives the schema in which every subscription ends with its session. */
export function createStreamEnds<Session>({
  sessionOf,
  watch,
  except = new Set(),
  onError,
}: StreamEndsParts<Session>): StreamEnds {
  const ending =
    (subscribe: GraphQLFieldResolver<unknown, unknown>): typeof subscribe =>
    async (parent, args, context, info) => {
      const result: unknown = await subscribe(parent, args, context, info);
      const session = sessionOf(context);
      if (session === null || !isStream(result)) return result;
      const stream = createStoppable(result, onError);
      const unwatch = watch(session, () => void stream.return());
      return withEnd(stream, unwatch);
    };

  return (schema) =>
    mapSchema(schema, {
      [MapperKind.SUBSCRIPTION_ROOT_FIELD]: ({ subscribe, ...field }, name) =>
        subscribe === undefined || except.has(name) ? undefined : { ...field, subscribe: ending(subscribe) },
    });
}

export function isStream(result: unknown): result is AsyncIterable<never> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}

export interface Stoppable extends AsyncIterableIterator<never> {
  return(): Promise<IteratorResult<never>>;
}

/**
 * Makes a stream that ends at once when it is told to: a generator that waits for its next event does not.
 *
 * @param onError called with the error that the source throws as it is stopped
 */
export function createStoppable(source: AsyncIterable<never>, onError: (error: unknown) => void): Stoppable {
  const iterator = source[Symbol.asyncIterator]();
  let isOver = false;
  let settle: ((result: IteratorResult<never>) => void) | null = null;
  const stopSource = async () => {
    try {
      await iterator.return?.();
    } catch (error) {
      onError(error);
    }
  };

  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (isOver) {
          resolve(over);
          return;
        }
        settle = resolve;
        iterator.next().then(resolve, reject);
      }),
    return() {
      if (isOver) return Promise.resolve(over);
      isOver = true;
      settle?.(over);
      // Not awaited: a source that waits stops only with its next event.
      void stopSource();
      return Promise.resolve(over);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const over = { done: true, value: undefined } as const;

/** Makes the same stream, which calls `ended` when it is over. */
function withEnd(stream: Stoppable, ended: () => void): Stoppable {
  return {
    async next() {
      try {
        const result = await stream.next();
        if (result.done === true) ended();
        return result;
      } catch (error) {
        ended();
        throw error;
      }
    },
    return() {
      ended();
      return stream.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
