/**
 * Dialects: named deviations of provisioning clients that a directory in mode `tolerant` accepts. Mode `rfc` accepts
 * none. The response header `X-Rollcall-Dialects` lists the dialects that a request needed.
 */

/** The client known for a deviation, `any` for several. With the name it makes the name on the wire: `entra.booleanString`. */
type DialectClient = 'any' | 'entra' | 'okta' | 'onelogin' | 'jumpcloud' | 'ping' | 'rippling';

/** docs/dialects.md has a row for each: what it accepts, and the response in mode `rfc`. */
export const dialects = {
  /** A body without `schemas`. Mode rfc: 400 invalidSyntax (RFC 7643 section 3). */
  missingSchemas: 'any',
  /**
   * Unknown or pre-RFC URNs in `schemas`, or `schemas` without the URN of the resource type. Mode rfc: 400
   * invalidSyntax (RFC 7643 section 3).
   */
  unknownSchemaUrn: 'onelogin',
  /**
   * Unknown attributes and undeclared extensions, which are ignored, in a body or in the value of a PATCH without
   * path. Mode rfc: 400 invalidSyntax.
   */
  unknownAttributeIgnored: 'any',
  /**
   * The strings `true` and `false`, in any letter case, as booleans in values and filters. Mode rfc: 400
   * invalidValue, or invalidFilter.
   */
  booleanString: 'entra',
  /**
   * Several values of one attribute with `primary: true` in a POST or PUT; the first one stays primary. Mode rfc: 400
   * invalidValue (RFC 7643 section 2.4).
   */
  severalPrimaries: 'ping',
  /**
   * PATCH add or replace on `attr[a eq x].sub` without a match; creates the element from the `eq` terms. Mode rfc:
   * 400 noTarget (RFC 7644 section 3.5.2.3).
   */
  createOnMiss: 'entra',
  /**
   * PATCH remove of a multi-valued attribute with a `value`; removes only those values. Mode rfc: the value is
   * ignored and all values are removed (RFC 7644 section 3.5.2.2).
   */
  removeWithValue: 'entra',
  /** `Add`, `Replace` and `Remove` in any letter case. Mode rfc: 400 invalidSyntax (RFC 7644 section 3.5.2). */
  operationCase: 'entra',
  /**
   * Keys such as `name.givenName`, `urn:...:User:department` or `emails[type eq "work"].value` in the value of a
   * PATCH without path. Mode rfc: 400 invalidSyntax.
   */
  pathAsKey: 'entra',
  /**
   * The URN of the resource type's own schema as a key with its attributes inside, in a body or in the value of a
   * PATCH without path. Mode rfc: 400 invalidSyntax.
   */
  coreUrnAsKey: 'okta',
  /**
   * A path with a dot in place of the colon after the URN: `urn:...:User.manager`. Mode rfc: 400 invalidPath, or
   * invalidFilter.
   */
  dotAfterUrn: 'entra',
  /**
   * The name of an extension attribute without its URN in a path, a filter, or the value of a PATCH without path:
   * `manager`. Mode rfc: 400 invalidPath, or invalidFilter.
   */
  bareExtensionAttribute: 'entra',
  /** A plain string instead of a complex value; becomes its `value` sub-attribute. Mode rfc: 400 invalidValue. */
  scalarAsValue: 'entra',
  /**
   * An empty string instead of a complex value, or `{"value": ""}` for a singular one such as `manager`; means no
   * value. Mode rfc: 400 invalidValue for the string; the object is stored.
   */
  emptyComplex: 'entra',
  /**
   * An array with one element instead of a single value, also as `[{"$ref": null, "value": "x"}]`. Mode rfc: 400
   * invalidValue.
   */
  wrappedValue: 'entra',
  /**
   * An empty string for a boolean, number, date, binary or reference; means no value. Mode rfc: 400 invalidValue; an
   * empty binary or reference is a valid value (RFC 3986 section 4.4).
   */
  emptyString: 'okta',
  /** A single value instead of an array for a multi-valued attribute. Mode rfc: 400 invalidValue. */
  singleForMultiple: 'onelogin',
  /**
   * A singular complex attribute without a sub-attribute in a filter: `manager eq "x"` means `manager.value`. Mode
   * rfc: 400 invalidFilter.
   */
  complexWithoutSubAttribute: 'ping',
  /** A sub-attribute after a value filter: `emails[type eq "work"].value eq "x"`. Mode rfc: 400 invalidFilter. */
  filterThenSubAttribute: 'entra',
  /** The names `email` and `workEmail` in a filter for `emails.value`. Mode rfc: 400 invalidFilter. */
  emailAlias: 'okta',
  /**
   * The names of query parameters in any letter case: `startindex=1`. Mode rfc: the parameter is ignored as unknown.
   */
  parameterCase: 'entra',
} as const satisfies Readonly<Record<string, DialectClient>>;

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
    needed: () => [...needed].sort().map((name) => `${dialects[name]}.${name}`),
  };
};
