import { GraphQLError } from 'graphql';
import { expect, it } from 'vitest';

import { createHostLog, errorForLog } from '../../src/observability/log.js';

it("an error of a resolver MUST be logged with the server's code and sentence, never the parameters", () => {
  const said = Object.assign(new Error('column "email" does not exist'), { code: '42703' });
  const failed = new Error('Failed query: select\nparams: ann@example.com', { cause: said });
  const logged = errorForLog(new GraphQLError(failed.message, { originalError: failed }));
  expect(logged).toMatchObject({ code: '42703', message: 'column "email" does not exist' });
  expect(JSON.stringify(logged)).not.toContain('ann@example.com');
});

it("a host's log that throws MUST not reach what writes to it", () => {
  const closed = () => {
    throw new Error('the file is closed');
  };
  const log = createHostLog({ error: closed, warn: closed, info: closed });
  log.error({ err: new Error('x') }, 'request failed');
  log.warn('a line');
  log.info('a line');
});
