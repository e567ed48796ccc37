/**
 * `npx tsx test/tools/check-pattern-results.ts PATTERNS.json` writes the patterns for event-ruler; with `--results FILE` it
 * compares event-ruler's answer with the recorded one, and with `--write` too it records the answer.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { inputHash, patterns, RESULTS_FILE, RULER_VERSION, readResults } from './pattern-results.ts';

const { values, positionals } = parseArgs({
  options: { results: { type: 'string' }, write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
for (const file of positionals) writeFileSync(file, JSON.stringify(Object.fromEntries(patterns)));
if (values.results !== undefined) {
  const matches: unknown = JSON.parse(readFileSync(values.results, 'utf8'));
  const text = JSON.stringify({ version: RULER_VERSION, hash: inputHash(), matches }, undefined, 2);
  if (values.write) writeFileSync(RESULTS_FILE, `${text}\n`);
  const isSame = isDeepStrictEqual(readResults(), JSON.parse(text));
  console.log(
    isSame ? `${patterns.size} patterns as recorded` : `${RESULTS_FILE} differs: run test/more/event-ruler.sh --write`,
  );
  process.exitCode = isSame ? 0 : 1;
}
