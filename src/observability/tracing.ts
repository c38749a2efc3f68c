// Spans by OpenTelemetry's API, for operators who load an SDK into the process (`node --import`). Without an SDK, the work
// runs as if this file did not exist.

import {
  type Attributes,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

const tracer = trace.getTracer('hufu');

let loaded: boolean | null = null;

/**
 * Tells whether an SDK is loaded: it gives every span an identity, also those that it does not record. It is looked for once,
 * since it has to be there before the program.
 */
export function isTraced(): boolean {
  return (loaded ??= isSpanContextValid(tracer.startSpan('hufu').spanContext()));
}

/** Runs work in a span of its own, a child of the one that it is called in. An error of the work marks the span. */
export function traced<T>(name: string, work: () => Promise<T>): Promise<T> {
  return isTraced() ? inSpan(name, SpanKind.INTERNAL, work) : work();
}

/**
 * Runs a request in a span of its own, which belongs to the trace that the client's headers name.
 *
 * @param headers by their lower-case names; `traceparent` and `tracestate` are read (W3C Trace Context)
 */
export function tracedRequest<T>(
  name: string,
  headers: Iterable<readonly [string, string]>,
  work: () => Promise<T>,
): Promise<T> {
  if (!isTraced()) return work();
  const parent = propagation.extract(ROOT_CONTEXT, Object.fromEntries(headers));
  return context.with(parent, () => inSpan(name, SpanKind.SERVER, work));
}

/** Adds to the span that the caller runs in; nothing where there is none. */
export function annotateSpan(attributes: Attributes): void {
  if (isTraced()) trace.getActiveSpan()?.setAttributes(attributes);
}

/** Returns the id of the trace that the caller runs in; null where there is none. */
export function activeTraceId(): string | null {
  return isTraced() ? (trace.getActiveSpan()?.spanContext().traceId ?? null) : null;
}

function inSpan<T>(name: string, kind: SpanKind, work: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, { kind }, async (span) => {
    try {
      return await work();
    } catch (error) {
      // Without the message, which may hold submitted text.
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
