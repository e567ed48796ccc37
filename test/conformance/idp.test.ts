/** Requests of identity providers: each exchange of `test/fixtures/idp` against a tolerant directory. */
import { describe, expect, test } from 'vitest';
import { dialectClients } from '../../lib/scim/dialect.ts';
import { useLocalRun } from '../support/local-run.ts';
import { playExchange, readExchanges } from './exchanges.ts';

const providers = readExchanges('idp');
const local = useLocalRun();

describe.each(providers)('%s', (_provider, exchanges) => {
  test.each(exchanges.map((exchange) => [exchange.name, exchange] as const))('%s', async (_name, exchange) => {
    await playExchange(exchange, local);
  });
});

test('every dialect is used by an exchange, and exchanges name known dialects only', () => {
  const named = providers.flatMap(([, exchanges]) => exchanges.flatMap(({ expects }) => expects.dialects));
  const known = Object.entries(dialectClients).map(([name, client]) => `${client}.${name}`);
  expect([...new Set(named)].sort()).toEqual(known.sort());
});
