/**
 * Dialects: named deviations of provisioning clients that a directory in mode `tolerant` accepts. Mode `rfc` accepts
 * none. The response header `X-Rollcall-Dialects` lists the dialects that a request needed.
 */

import { limits } from './limits.ts';

/** The client known for each deviation (docs/dialects.md); `any`: several. Prefix of the name on the wire: `entra.booleanString`. */
export const dialectClients = {
  missingSchemas: 'any',
  unknownSchemaUrn: 'onelogin',
  unknownAttributeIgnored: 'any',
  outerBlanks: 'any',
  booleanString: 'entra',
  severalPrimaries: 'ping',
  createOnMiss: 'entra',
  removeWithValue: 'entra',
  operationCase: 'entra',
  pathAsKey: 'entra',
  coreUrnAsKey: 'okta',
  dotAfterUrn: 'entra',
  bareExtensionAttribute: 'entra',
  scalarAsValue: 'entra',
  emptyComplex: 'entra',
  wrappedValue: 'entra',
  emptyString: 'okta',
  singleForMultiple: 'onelogin',
  complexWithoutSubAttribute: 'ping',
  filterThenSubAttribute: 'entra',
  emailAlias: 'okta',
  parameterCase: 'entra',
  operationSkipped: 'entra',
  valueIgnored: 'any',
  filterOnSingular: 'entra',
  earlierUrn: 'any',
  noOperations: 'any',
  roleAsJson: 'entra',
  convertedValue: 'any',
  elementWithoutValue: 'entra',
  unquotedWord: 'any',
  selfMember: 'any',
} as const;

export type DialectName = keyof typeof dialectClients;
export type Mode = 'tolerant' | 'rfc';

/**
 * Called where input deviates from the RFC.
 * @param detail the path of the attribute that is skipped, without values; or the number that is to become text
 * @returns true: accept, and record the dialect; false: refuse
 */
export type Tolerate = (name: DialectName, detail?: string | number) => boolean;

const NUMBER = /-?\d+(\.\d+)?([eE][+-]?\d+)?/g;

/** The numbers in a body that are written in another form than JavaScript's, such as 1.50: as text they would change. */
const otherForms = (body: string): ReadonlySet<number> =>
  new Set((body.match(NUMBER) ?? []).filter((text) => String(Number(text)) !== text).map(Number));

/** Maximum length of the skipped paths. */
const SKIPPED_LENGTH = 1000;

/**
 * Tracks the dialects of one request. `needed` returns their names on the wire, sorted, `skipped` the paths. Beyond
 * `limits.ignoredAttributes`, unknown attributes are refused, because ignoring them takes processor time too.
 * @param bodyText called once a number that is no safe integer is to become text
 */
export const createTolerance = (mode: Mode, bodyText: () => string = () => '') => {
  const needed = new Set<DialectName>();
  const skipped = new Set<string>();
  let length = 0;
  const skip = (path: string) => {
    if (skipped.has(path)) return;
    length += path.length + 2;
    if (length <= SKIPPED_LENGTH) skipped.add(path);
  };
  let changing: ReadonlySet<number> | undefined;
  const wouldChange = (number: number) => {
    if (Number.isSafeInteger(number)) return false;
    changing ??= otherForms(bodyText());
    return changing.has(number);
  };
  let ignored = 0;
  return {
    tolerate: (name: DialectName, detail?: string | number): boolean => {
      if (mode === 'rfc' || (typeof detail === 'number' && wouldChange(detail))) return false;
      needed.add(name);
      if (typeof detail === 'string') skip(detail);
      if (name === 'unknownAttributeIgnored') ignored += 1;
      return ignored <= limits.ignoredAttributes;
    },
    needed: () => [...needed].map((name) => `${dialectClients[name]}.${name}`).sort(),
    skipped: () => [...skipped],
  };
};
