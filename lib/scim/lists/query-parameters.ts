/** Names of query parameters (RFC 7644 section 3.4.2, RFC 9865 section 2). */
import type { Tolerate } from '../dialect.ts';

const names: ReadonlyMap<string, string> = new Map(
  ['filter', 'sortBy', 'sortOrder', 'startIndex', 'count', 'cursor', 'attributes', 'excludedAttributes'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

type Parameters = ReadonlyMap<string, string>;

/** @returns the parameters, plus the canonical name of each one in another letter case, if the dialect is tolerated */
export function canonicalParameters(query: Parameters, tolerate: Tolerate): Parameters {
  const renamed = [...query].flatMap(([written, value]): [string, string][] => {
    const name = names.get(written.toLowerCase());
    return name === undefined || query.has(name) || !tolerate('parameterCase') ? [] : [[name, value]];
  });
  return renamed.length === 0 ? query : new Map([...query, ...renamed]);
}
