/** What each dialect accepts, for the documentation: apart from the code, because functions need not load the texts. */
import type { DialectName } from '../../lib/scim/dialect.ts';

type DialectText = {
  /** The accepted deviation and its effect. */
  readonly accepts: string;
  /** The response in mode `rfc`, with the RFC section that demands it. */
  readonly otherwise: string;
};

export const dialectTexts = {
  missingSchemas: {
    accepts: 'a body without `schemas`, or `.search` without a body',
    otherwise: '400 invalidSyntax (RFC 7643 section 3)',
  },
  unknownSchemaUrn: {
    accepts: 'unknown or pre-RFC URNs in `schemas`, or `schemas` without the URN of the resource type',
    otherwise: '400 invalidSyntax (RFC 7643 section 3)',
  },
  unknownAttributeIgnored: {
    accepts:
      'unknown attributes and undeclared extensions, which are ignored, in a body or in the value of a PATCH without path',
    otherwise: '400 invalidSyntax',
  },
  outerBlanks: {
    accepts: 'blanks at the ends of a new `userName` or `displayName`, which are removed',
    otherwise: 'the name is stored as sent',
  },
  booleanString: {
    accepts: 'the strings `true` and `false`, in any letter case, as booleans in values and filters',
    otherwise: '400 invalidValue, or invalidFilter',
  },
  severalPrimaries: {
    accepts: 'several values of one attribute with `primary: true` in a POST or PUT; the first one stays primary',
    otherwise: '400 invalidValue (RFC 7643 section 2.4)',
  },
  createOnMiss: {
    accepts:
      'PATCH add or replace on `attr[a eq x].sub` without a match; creates the element from the `eq` terms, as the primary one if the attribute has values and none is primary',
    otherwise: '400 noTarget (RFC 7644 section 3.5.2.3)',
  },
  removeWithValue: {
    accepts: 'PATCH remove of a multi-valued attribute with a `value`; removes only those values',
    otherwise: '400 invalidValue, because RFC 7644 section 3.5.2.2 would remove all values',
  },
  operationCase: {
    accepts: '`Add`, `Replace` and `Remove` in any letter case',
    otherwise: '400 invalidSyntax (RFC 7644 section 3.5.2)',
  },
  pathAsKey: {
    accepts:
      'keys such as `name.givenName`, `urn:...:User:department` or `emails[type eq "work"].value` in a body or in the value of a PATCH without path',
    otherwise: '400 invalidSyntax',
  },
  coreUrnAsKey: {
    accepts:
      "the URN of the resource type's own schema as a key with its attributes inside, in a body or in the value of a PATCH without path",
    otherwise: '400 invalidSyntax',
  },
  dotAfterUrn: {
    accepts: 'a path with a dot in place of the colon after the URN: `urn:...:User.manager`',
    otherwise: '400 invalidPath, or invalidFilter',
  },
  bareExtensionAttribute: {
    accepts:
      'the name of an extension attribute without its URN in a path, a filter, a body, or the value of a PATCH without path: `manager`',
    otherwise: '400 invalidPath, or invalidFilter',
  },
  scalarAsValue: {
    accepts:
      'a plain string instead of a complex value, also on a value path such as `emails[type eq "work"]`; becomes its `value` sub-attribute, and the other sub-attributes stay',
    otherwise: '400 invalidValue; text of a JSON object or array is 400 in both modes',
  },
  emptyComplex: {
    accepts:
      'an empty string instead of a complex value, or `{"value": ""}` for a singular one such as `manager`; means no value',
    otherwise: '400 invalidValue for the string; the object is stored',
  },
  wrappedValue: {
    accepts: 'an array with one element instead of a single value, also as `[{"$ref": null, "value": "x"}]`',
    otherwise: '400 invalidValue',
  },
  emptyString: {
    accepts: 'an empty string for a simple value; means no value, and `active` keeps its value',
    otherwise:
      'an empty string, binary or reference is a valid value (RFC 3986 section 4.4), any other 400 invalidValue',
  },
  singleForMultiple: {
    accepts: 'a single value instead of an array for a multi-valued attribute, `schemas` or `Operations`',
    otherwise: '400 invalidValue',
  },
  complexWithoutSubAttribute: {
    accepts: 'a singular complex attribute without a sub-attribute in a filter: `manager eq "x"` means `manager.value`',
    otherwise: '400 invalidFilter',
  },
  filterThenSubAttribute: {
    accepts: 'a sub-attribute after a value filter: `emails[type eq "work"].value eq "x"`',
    otherwise: '400 invalidFilter',
  },
  emailAlias: {
    accepts: 'the names `email` and `workEmail` in a filter for `emails.value`',
    otherwise: '400 invalidFilter',
  },
  parameterCase: {
    accepts: 'the names of query parameters in any letter case: `startindex=1`',
    otherwise: 'the parameter is ignored as unknown',
  },
  operationSkipped: {
    accepts:
      'a PATCH operation whose path names an unknown or readOnly attribute or sub-attribute; it is skipped, and the header `X-Rollcall-Skipped` names the path',
    otherwise: '400 invalidPath, or mutability',
  },
  valueIgnored: {
    accepts:
      'a value in which nothing is understood, such as `{}` or `[{"address": "x"}]` for `emails`; PATCH skips it, POST ignores it, PUT keeps the stored value',
    otherwise: '400 invalidValue, or invalidSyntax for an unknown name',
  },
  filterOnSingular: {
    accepts:
      'a value filter on a singular complex attribute in the path of a PATCH: `manager[value eq "x"]`; without a match, nothing changes',
    otherwise: '400 invalidPath',
  },
  earlierUrn: {
    accepts:
      'the URNs of SCIM 1 and of drafts, such as `urn:scim:schemas:core:1.0`, with and without `:User`, as keys, in paths and in filters; `urn:ietf:params:scim:schemas:core:2.0:PatchOp` and similar in a message',
    otherwise: '400 invalidSyntax, invalidPath or invalidFilter',
  },
  noOperations: {
    accepts:
      'a PATCH with an empty `Operations`, or without it, that has no other member than `schemas`, `id` and `meta`; changes nothing',
    otherwise: '400 invalidSyntax (RFC 7644 section 3.5.2)',
  },
  roleAsJson: {
    accepts:
      'a value of `roles` or `entitlements` as JSON text such as `{"value": "a", "displayName": "b"}`, or with `displayName` in place of `display`; becomes its `value` and `display`',
    otherwise: '400 invalidValue, or invalidSyntax for `displayName`; as `value` of an element, the text is stored',
  },
  convertedValue: {
    accepts:
      'a number instead of a string if its text is what was sent, a string instead of a number, 0 and 1 for `active`, in bodies, filters and `.search`; `attributes` of `.search` as text with commas',
    otherwise: '400 invalidValue, or invalidFilter',
  },
  elementWithoutValue: {
    accepts:
      'an element with nothing but `type`, `primary` and `display`, such as `{"type": "work", "primary": true}`: removed after a PATCH of its sub-attributes, else not understood',
    otherwise: 'the element is stored',
  },
  unquotedWord: {
    accepts:
      'a single word without double quotes after `eq`, at the end of a filter or of the brackets of a path: `userName eq ann`',
    otherwise: '400 invalidFilter, or invalidPath',
  },
  selfMember: {
    accepts: 'a group among the several members that a PATCH gives it; it is skipped',
    otherwise: '400 invalidValue, as in a POST or PUT',
  },
} as const satisfies Readonly<Record<DialectName, DialectText>>;
