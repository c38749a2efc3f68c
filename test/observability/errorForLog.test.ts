import { GraphQLError } from 'graphql';
import { expect, it } from 'vitest';

import { createHostLog, errorForLog } from '../../src/observability/log.js';

it("a failed query in a resolver MUST be logged with PostgreSQL's code and message, without the parameters", () => {
  const cause = Object.assign(new Error('column "email" does not exist'), { code: '42703' });
  const failed = new Error('Failed query: select\nparams: ann@example.com', { cause });
  const logged = errorForLog(new GraphQLError(failed.message, { originalError: failed }));
  expect(logged).toMatchObject({ code: '42703', message: 'column "email" does not exist' });
  expect(JSON.stringify(logged)).not.toContain('ann@example.com');
});

it("a host's log that throws MUST NOT make the caller throw", () => {
  const closed = () => {
    throw new Error('the file is closed');
  };
  const log = createHostLog({ error: closed, warn: closed, info: closed });
  expect(() => {
    log.error({ err: new Error('x') }, 'request failed');
    log.warn('a line');
    log.info('a line');
  }).not.toThrow();
});
