/** The examples of RFC 7644, fixtures named by section, played in both modes. */
import { describe, expect, test } from 'vitest';
import { MODES, useBothModes } from './both-modes.ts';
import { playExchange, readExchanges } from './exchanges.ts';

const local = useBothModes();
const examples = readExchanges('rfc7644').flatMap(([file, exchanges]) =>
  exchanges.map((exchange) => [`${file}: ${exchange.name}`, exchange] as const),
);

describe.each(MODES)('mode %s', (mode) => {
  test.each(examples)('%s', async (_name, exchange) => {
    await playExchange(exchange, local, mode);
  });
});

test('no example needs a dialect, but mode tolerant skips an operation on a readOnly attribute', () => {
  expect(examples.flatMap(([name, { expects }]) => (expects.dialects.length > 0 ? [name] : []))).toEqual([
    'rfc7644-3.12-errors: s3.12 a readOnly attribute',
  ]);
});
