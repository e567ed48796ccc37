/** The parameters of a query string under the names of RFC 7644 table 3 and RFC 9865 section 2. */
import type { Tolerate } from '../dialect.ts';

const names: ReadonlyMap<string, string> = new Map(
  ['filter', 'sortBy', 'sortOrder', 'startIndex', 'count', 'cursor', 'attributes', 'excludedAttributes'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

type Parameters = ReadonlyMap<string, string>;

/** @returns the parameters, those in other letter case under the names that they mean, where the dialect is tolerated */
export function canonicalParameters(query: Parameters, tolerate: Tolerate): Parameters {
  const meant = [...query].flatMap(([written, value]): [string, string][] => {
    const name = names.get(written.toLowerCase());
    return name === undefined || query.has(name) || !tolerate('parameterCase') ? [] : [[name, value]];
  });
  return meant.length === 0 ? query : new Map([...query, ...meant]);
}
