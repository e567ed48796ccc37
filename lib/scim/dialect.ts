/**
 * Dialects: known deviations of provisioning clients that a directory in mode `tolerant` accepts, each by name.
 * Mode `rfc` has them all off. A request that needed one says so in the header `X-Rollcall-Dialects`.
 */

type Dialect = {
  /** Who is known for it; `any` where several are. With the name it makes the name on the wire: `entra.booleanString`. */
  readonly client: 'any' | 'entra' | 'okta' | 'onelogin' | 'jumpcloud' | 'ping' | 'rippling';
  /** What the client sends, and what becomes of it. */
  readonly accepts: string;
  /** What the RFC, or this service in mode `rfc`, says to it instead. */
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
    accepts: 'unknown or pre-RFC URNs in `schemas`, or the list without the URN of the resource type',
    otherwise: '400 invalidSyntax (RFC 7643 section 3)',
  },
  unknownAttributeIgnored: {
    client: 'any',
    accepts: 'unknown attributes and undeclared extensions in a body or in the value of a PATCH without path: ignored',
    otherwise: '400 invalidSyntax',
  },
  booleanString: {
    client: 'entra',
    accepts: 'the strings `true` and `false`, in any letter case, as booleans, in values and in filters',
    otherwise: '400 invalidValue, or invalidFilter',
  },
  severalPrimaries: {
    client: 'ping',
    accepts: 'several values of one attribute with `primary: true` in a POST or PUT: the first keeps it',
    otherwise: '400 invalidValue (RFC 7643 section 2.4)',
  },
  createOnMiss: {
    client: 'entra',
    accepts: 'PATCH add or replace on `attr[a eq x].sub` without a match: makes the element from the `eq` terms',
    otherwise: '400 noTarget (RFC 7644 section 3.5.2.3)',
  },
  removeWithValue: {
    client: 'entra',
    accepts: 'PATCH remove of a multi-valued attribute with a `value`: removes only those values',
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
    accepts: 'a plain string in place of a complex value: it is taken for its `value`',
    otherwise: '400 invalidValue',
  },
  emptyComplex: {
    client: 'entra',
    accepts:
      'an empty string in place of a complex value; for a single one such as manager also `{"value": ""}`: no value',
    otherwise: '400 invalidValue for the string; the object is kept',
  },
  wrappedValue: {
    client: 'entra',
    accepts: 'an array of one in place of a single value, also as `[{"$ref": null, "value": "x"}]`',
    otherwise: '400 invalidValue',
  },
  emptyString: {
    client: 'okta',
    accepts: 'an empty string for a boolean, number, date, binary or reference: no value',
    otherwise: '400 invalidValue; an empty binary or reference is one (RFC 3986 section 4.4)',
  },
  singleForMultiple: {
    client: 'onelogin',
    accepts: 'one value in place of an array in a multi-valued attribute',
    otherwise: '400 invalidValue',
  },
  complexWithoutSubAttribute: {
    client: 'ping',
    accepts: 'a singular complex attribute without sub-attribute in a filter: `manager eq "x"` means `manager.value`',
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
    otherwise: 'the parameter is ignored, as an unknown one',
  },
} as const satisfies Readonly<Record<string, Dialect>>;

export type DialectName = keyof typeof dialects;
export type Mode = 'tolerant' | 'rfc';

/** Asked where a rule would be broken. @returns true: go on, and it is noted; false: refuse */
export type Tolerate = (name: DialectName) => boolean;

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
