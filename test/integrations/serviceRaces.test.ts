// Races of requests with operators, over two nodes on one database: an ended service key is refused from then on, a rotation
// leaves one key without an end, and an ended session gets no ticket.

import { describe, expect, it } from 'vitest';

import { rotateServiceKey, setServiceDisabled } from '../../src/integrations/serviceAccounts.js';
import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { logoutOperation, register } from '../support/operations.js';
import { serviceKey } from '../support/serviceKey.js';
import { startTwoNodes, countByName, inParallel } from '../support/twoNodes.js';

describe.runIf(databaseKind === 'postgres')('races of services', async () => {
  if (databaseKind !== 'postgres') return;
  const env = {
    INTEGRATIONS: 'introspect,tickets',
    TICKET_AUDIENCES: 'orders',
    DATA_KEY: 'k'.repeat(32),
    SESSION_LIMIT: '0',
  };
  const nodes = await startTwoNodes({ env });
  const { urlOf, countOf } = nodes;
  const operator = await nodes.operator();
  const person = await register(urlOf(0));

  const introspect = async (index: number, key: string, token = person.token) => {
    const response = await fetch(`${urlOf(index)}/introspect`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: new URLSearchParams({ token }),
    });
    const { active } = (await response.json()) as { active?: boolean };
    return `${String(response.status)} ${String(active)}`;
  };
  const exchange = async (index: number, key: string, token = person.token) => {
    const response = await fetch(`${urlOf(index)}/token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        audience: 'orders',
      }),
    });
    const { access_token: ticket } = (await response.json()) as { access_token?: string };
    return { status: response.status, ticket };
  };

  it.each(['rotated at once', 'disabled'])(
    'KEYS-20 a key that is %s MUST be refused from then on, by nodes that have just accepted it as well',
    async (how) => {
      const name = `gateway-${how.slice(0, 3)}`;
      const key = await serviceKey(nodes, name, ['introspect', 'tickets']);
      for (let index = 0; index < 4; index += 1) expect(await introspect(index, key)).toBe('200 true');
      let isEnded = false;
      const load = inParallel(4, async (index) => {
        const seen: [boolean, string][] = [];
        for (let count = 0; count < 24; count += 1) {
          const wasEnded = isEnded;
          seen.push([
            wasEnded,
            index % 4 < 2 ? await introspect(index, key) : String((await exchange(index, key)).status),
          ]);
          if (wasEnded && count > 16) break;
        }
        return seen;
      });
      const end =
        how === 'disabled'
          ? setServiceDisabled(operator, name, true)
          : rotateServiceKey(operator, name, true);
      await end;
      isEnded = true;
      const seen = (await load).flat();
      const after = seen.filter(([wasEnded]) => wasEnded).map(([, answer]) => answer);
      expect(after.length).toBeGreaterThan(0);
      expect(after.filter((answer) => !answer.startsWith('401'))).toEqual([]);
      const before = seen.filter(([wasEnded]) => !wasEnded).map(([, answer]) => answer);
      expect(before.filter((answer) => !/^(?:200|401)/.test(answer))).toEqual([]);
    },
  );

  it('KEYS-21 concurrent rotations MUST each give a key, and leave exactly one without an end', async () => {
    await serviceKey(nodes, 'rotating', ['introspect']);
    const rotated = await inParallel(8, () => rotateServiceKey(operator, 'rotating', false));
    expect(await countOf("service_keys where service = 'rotating'")).toBe(9);
    expect(await countOf("service_keys where service = 'rotating' and expires_at is null")).toBe(1);
    const answers = await Promise.all(rotated.map((one, index) => introspect(index, one?.key ?? '')));
    expect(countByName(answers)).toEqual({ '200 true': 8 });
    expect(await countOf("operator_events where subject = 'rotating' and act = 'SERVICE_ROTATE'")).toBe(8);
  });

  it('TICKETS-20 a session MUST get no ticket once it has ended', async () => {
    const key = await serviceKey(nodes, 'billing', ['tickets']);
    for (let round = 0; round < 3; round += 1) {
      const { token } = await register(urlOf(round));
      let isOut = false;
      const load = inParallel(4, async (index) => {
        const seen: [boolean, number][] = [];
        for (let count = 0; count < 6; count += 1)
          seen.push([isOut, (await exchange(index, key, token)).status]);
        return seen;
      });
      await gql(urlOf(round), { query: logoutOperation, token });
      isOut = true;
      const seen = (await load).flat();
      expect(seen.filter(([wasOut, status]) => status !== 400 && (wasOut || status !== 200))).toEqual([]);
      expect((await exchange(round, key, token)).status).toBe(400);
    }
  });
});
