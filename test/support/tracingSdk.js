// Loaded before a node (`node --import`), as an operator's SDK is: writes every ended span as a line on standard error.

import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

/** @type {import('@opentelemetry/sdk-trace-node').SpanProcessor} */
const printer = {
  onStart: () => undefined,
  onEnd(span) {
    const { name, attributes, events, status, parentSpanContext } = span;
    const { traceId, spanId } = span.spanContext();
    const line = { name, attributes, events, status, traceId, spanId, parentId: parentSpanContext?.spanId };
    process.stderr.write(`span ${JSON.stringify(line)}\n`);
  },
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

new NodeTracerProvider({ spanProcessors: [printer] }).register();
