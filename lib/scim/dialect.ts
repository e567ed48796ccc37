/**
 * Dialects: named deviations of provisioning clients that a directory in mode `tolerant` accepts. Mode `rfc` accepts
 * none. The response header `X-Rollcall-Dialects` lists the dialects that a request needed.
 */

type Dialect = {
  /** The client known for the deviation; `any`: several. Prefix of the name on the wire: `entra.booleanString`. */
  readonly client: 'any' | 'entra' | 'okta' | 'onelogin' | 'jumpcloud' | 'ping' | 'rippling';
  /** The accepted deviation and its effect. */
  readonly accepts: string;
  /** The response in mode `rfc`, with the RFC section that demands it. */
  readonly otherwise: string;
};

export const dialects = {
  missingSchemas: {
    client: 'any',
    accepts: 'a body without `schemas`',
    otherwise: '400 invalidSyntax (RFC 7643 section 3)',
  },
  unknownSchemaUrn: {
    client: 'onelogin',
    accepts: 'unknown or pre-RFC URNs in `schemas`, or `schemas` without the URN of the resource type',
    otherwise: '400 invalidSyntax (RFC 7643 section 3)',
  },
  unknownAttributeIgnored: {
    client: 'any',
    accepts:
      'unknown attributes and undeclared extensions, which are ignored, in a body or in the value of a PATCH without path',
    otherwise: '400 invalidSyntax',
  },
  booleanString: {
    client: 'entra',
    accepts: 'the strings `true` and `false`, in any letter case, as booleans in values and filters',
    otherwise: '400 invalidValue, or invalidFilter',
  },
  severalPrimaries: {
    client: 'ping',
    accepts: 'several values of one attribute with `primary: true` in a POST or PUT; the first one stays primary',
    otherwise: '400 invalidValue (RFC 7643 section 2.4)',
  },
  createOnMiss: {
    client: 'entra',
    accepts: 'PATCH add or replace on `attr[a eq x].sub` without a match; creates the element from the `eq` terms',
    otherwise: '400 noTarget (RFC 7644 section 3.5.2.3)',
  },
  removeWithValue: {
    client: 'entra',
    accepts: 'PATCH remove of a multi-valued attribute with a `value`; removes only those values',
    otherwise: 'the value is ignored and all values are removed (RFC 7644 section 3.5.2.2)',
  },
  operationCase: {
    client: 'entra',
    accepts: '`Add`, `Replace` and `Remove` in any letter case',
    otherwise: '400 invalidSyntax (RFC 7644 section 3.5.2)',
  },
  pathAsKey: {
    client: 'entra',
    accepts:
      'keys such as `name.givenName`, `urn:...:User:department` or `emails[type eq "work"].value` in the value of a PATCH without path',
    otherwise: '400 invalidSyntax',
  },
  coreUrnAsKey: {
    client: 'okta',
    accepts:
      "the URN of the resource type's own schema as a key with its attributes inside, in a body or in the value of a PATCH without path",
    otherwise: '400 invalidSyntax',
  },
  dotAfterUrn: {
    client: 'entra',
    accepts: 'a path with a dot in place of the colon after the URN: `urn:...:User.manager`',
    otherwise: '400 invalidPath, or invalidFilter',
  },
  bareExtensionAttribute: {
    client: 'entra',
    accepts:
      'the name of an extension attribute without its URN in a path, a filter, or the value of a PATCH without path: `manager`',
    otherwise: '400 invalidPath, or invalidFilter',
  },
  scalarAsValue: {
    client: 'entra',
    accepts: 'a plain string instead of a complex value; becomes its `value` sub-attribute',
    otherwise: '400 invalidValue',
  },
  emptyComplex: {
    client: 'entra',
    accepts:
      'an empty string instead of a complex value, or `{"value": ""}` for a singular one such as `manager`; means no value',
    otherwise: '400 invalidValue for the string; the object is stored',
  },
  wrappedValue: {
    client: 'entra',
    accepts: 'an array with one element instead of a single value, also as `[{"$ref": null, "value": "x"}]`',
    otherwise: '400 invalidValue',
  },
  emptyString: {
    client: 'okta',
    accepts: 'an empty string for a boolean, number, date, binary or reference; means no value',
    otherwise: '400 invalidValue; an empty binary or reference is a valid value (RFC 3986 section 4.4)',
  },
  singleForMultiple: {
    client: 'onelogin',
    accepts: 'a single value instead of an array for a multi-valued attribute',
    otherwise: '400 invalidValue',
  },
  complexWithoutSubAttribute: {
    client: 'ping',
    accepts: 'a singular complex attribute without a sub-attribute in a filter: `manager eq "x"` means `manager.value`',
    otherwise: '400 invalidFilter',
  },
  filterThenSubAttribute: {
    client: 'entra',
    accepts: 'a sub-attribute after a value filter: `emails[type eq "work"].value eq "x"`',
    otherwise: '400 invalidFilter',
  },
  emailAlias: {
    client: 'okta',
    accepts: 'the names `email` and `workEmail` in a filter for `emails.value`',
    otherwise: '400 invalidFilter',
  },
  parameterCase: {
    client: 'entra',
    accepts: 'the names of query parameters in any letter case: `startindex=1`',
    otherwise: 'the parameter is ignored as unknown',
  },
} as const satisfies Readonly<Record<string, Dialect>>;

export type DialectName = keyof typeof dialects;
export type Mode = 'tolerant' | 'rfc';

/** Called where input deviates from the RFC. @returns true: accept, and record the dialect; false: refuse */
export type Tolerate = (name: DialectName) => boolean;

/** Tracks the dialects of one request. `needed` returns their names on the wire, sorted. */
export const createTolerance = (mode: Mode): { readonly tolerate: Tolerate; readonly needed: () => string[] } => {
  const needed = new Set<DialectName>();
  return {
    tolerate: (name) => {
      if (mode === 'rfc') return false;
      needed.add(name);
      return true;
    },
    needed: () => [...needed].sort().map((name) => `${dialects[name].client}.${name}`),
  };
};
