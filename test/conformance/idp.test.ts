/**
 * Requests of identity providers: each exchange of `test/fixtures/idp` against a tolerant directory, and those that say
 * what mode `rfc` answers against a directory in that mode too.
 */
import { describe, expect, test } from 'vitest';
import { dialectClients } from '../../lib/scim/dialect.ts';
import { useLocalRun } from '../support/local-run.ts';
import { playExchange, readExchanges } from './exchanges.ts';

const providers = readExchanges('idp');
const local = useLocalRun({ directories: [{ id: 'dev' }, { id: 'rfc', mode: 'rfc' }] });

describe.each(providers)('%s', (_provider, exchanges) => {
  const told: { name: string; id: string | undefined; types: readonly string[] }[] = [];
  test.each(exchanges.map((exchange) => [exchange.name, exchange] as const))('%s', async (_name, exchange) => {
    const ids = await playExchange(exchange, local);
    if (exchange.events === undefined) return;
    const { ref, types } = exchange.events;
    told.push({ name: exchange.name, id: ids.get(ref), types });
  });
  const strict = exchanges.filter(({ rfc }) => rfc !== undefined);
  if (strict.length > 0)
    test.each(strict.map((exchange) => [exchange.name, exchange] as const))('mode rfc: %s', async (_name, exchange) => {
      await playExchange(exchange, local, 'rfc');
    });
  if (exchanges.some(({ events }) => events !== undefined))
    test('the events of the exchanges that name them', async () => {
      await local.allTold('dev');
      for (const { name, id, types } of told) {
        const published = local
          .events()
          .filter(({ detail }) => detail.user?.id === id || detail.group?.id === id)
          .map((event) => event['detail-type'])
          .filter((type: string) => !/created|deleted/.test(type));
        expect(published, name).toEqual(types);
      }
    });
});

test('every dialect is used by an exchange, and exchanges name known dialects only', () => {
  const named = providers.flatMap(([, exchanges]) => exchanges.flatMap(({ expects }) => expects.dialects));
  const known = Object.entries(dialectClients).map(([name, client]) => `${client}.${name}`);
  expect([...new Set(named)].sort()).toEqual(known.sort());
});
