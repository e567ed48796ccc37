/** Attribute paths (RFC 7644 section 3.10): parses and prints them, and resolves them in a resource type. */
import type { Tolerate } from '../dialect.ts';
import { onceForEach } from '../json/once-for-each.ts';
import { commonAttributes } from './common.ts';
import { ENTERPRISE_USER_URN } from './enterprise-user.ts';
import type { Attribute, ResourceType, Schema } from './schema.ts';

/** An attribute of a resource type, or one of its sub-attributes. */
export type Target = {
  /** The extension's URN; undefined for the type's own schema and the common attributes. */
  readonly extension: string | undefined;
  readonly attribute: Attribute;
  readonly sub: Attribute | undefined;
};

/** Canonical path, such as `emails.value` or `urn:...:User:department`; also declares indexes and unique attributes. */
export const targetPath = ({ extension, attribute, sub }: Target): string =>
  `${extension === undefined ? '' : `${extension}:`}${attribute.name}${sub === undefined ? '' : `.${sub.name}`}`;

/**
 * `[URN ":"] name *("." name)` with names as written. The URN ends at the last colon, regardless of known schemas: in
 * `urn:...:2.0:User.manager` it is `urn:...:2.0`, which `resolveAttribute` handles.
 */
export type AttributePath = {
  readonly urn: string | undefined;
  readonly names: readonly string[];
};

/** ATTRNAME of RFC 7644 figure 1, with the `$` of `$ref`. */
const NAME = /^[A-Za-z$][A-Za-z0-9_$-]*$/;
/** After a URN, a name may also be the end of the URN itself, as in `urn:example:1.0`. */
const NAME_AFTER_URN = /^[A-Za-z0-9_$-]+$/;
/** Printable ASCII except space, quotation mark, brackets and backslash. */
const URN = /^[!#-'*-Z^-~]+$/;

/** @returns undefined if the text is not an attribute path */
export const parseAttributePath = (text: string): AttributePath | undefined => {
  const colon = text.lastIndexOf(':');
  const urn = colon < 0 ? undefined : text.slice(0, colon);
  const names = text.slice(colon + 1).split('.');
  if (urn !== undefined && !URN.test(urn)) return undefined;
  const form = urn === undefined ? NAME : NAME_AFTER_URN;
  return names.every((name) => form.test(name)) ? { urn, names } : undefined;
};

/** The inverse of `parseAttributePath`. */
export const printAttributePath = ({ urn, names }: AttributePath): string =>
  `${urn === undefined ? '' : `${urn}:`}${names.join('.')}`;

/** Targets by path without URN, in lower case, such as `emails.value`. */
type Targets = ReadonlyMap<string, Target>;

const toTargets = (extension: string | undefined, attributes: readonly Attribute[]): Targets =>
  new Map(
    attributes.flatMap((attribute): [string, Target][] => {
      const name = attribute.name.toLowerCase();
      return [
        [name, { extension, attribute, sub: undefined }],
        ...(attribute.subAttributes ?? []).map((sub): [string, Target] => [
          `${name}.${sub.name.toLowerCase()}`,
          { extension, attribute, sub },
        ]),
      ];
    }),
  );

type Index = {
  /** The type's own schema and the common attributes. */
  readonly core: Targets;
  readonly extensions: readonly Targets[];
  /** All of them, by URN in lower case. */
  readonly byUrn: ReadonlyMap<string, { readonly schema: Schema; readonly targets: Targets }>;
};

const indexOf = onceForEach(({ schema, extensions }: ResourceType): Index => {
  const core = toTargets(undefined, [...commonAttributes, ...schema.attributes]);
  const others = extensions.map((extension) => ({
    schema: extension.schema,
    targets: toTargets(extension.schema.id, extension.schema.attributes),
  }));
  const all = [{ schema, targets: core }, ...others];
  return {
    core,
    extensions: others.map(({ targets }) => targets),
    byUrn: new Map(all.map((entry) => [entry.schema.id.toLowerCase(), entry])),
  };
});

const toKey = (names: readonly string[]): string => names.join('.').toLowerCase();

/** Resolves a name without a URN; a name that occurs in two extensions is ambiguous. */
const resolveBare = ({ core, extensions }: Index, key: string, tolerate: Tolerate): Target | undefined => {
  const target = core.get(key);
  if (target !== undefined) return target;
  const found = extensions.flatMap((targets) => targets.get(key) ?? []);
  return found.length === 1 && tolerate('bareExtensionAttribute') ? found[0] : undefined;
};

/** Whether several extensions, but not the type's own schema, have the attribute that a path without a URN names. */
export const isAmbiguous = (type: ResourceType, { urn, names }: AttributePath): boolean => {
  const { core, extensions } = indexOf(type);
  const key = toKey(names);
  return urn === undefined && !core.has(key) && extensions.filter((targets) => targets.has(key)).length > 1;
};
export const ambiguous = (path: string) => `${path} is ambiguous, because several extensions have it: add its URN.`;

/**
 * Resolves a path in any letter case: a common attribute, one of the type's own schema (with or without the URN), or
 * one of an extension.
 * @returns undefined if the type has no such attribute, or needs a dialect that is not tolerated to find it
 */
export const resolveAttribute = (type: ResourceType, path: AttributePath, tolerate: Tolerate): Target | undefined => {
  const index = indexOf(type);
  const { urn, names } = path;
  if (urn === undefined) return resolveBare(index, toKey(names), tolerate);
  const schema = index.byUrn.get(urn.toLowerCase());
  if (schema !== undefined) return schema.targets.get(toKey(names));
  const target = index.byUrn.get(`${urn}:${names[0] ?? ''}`.toLowerCase())?.targets.get(toKey(names.slice(1)));
  if (target !== undefined) return tolerate('dotAfterUrn') ? target : undefined;
  const current = withCurrentUrn(type, printAttributePath(path));
  const renamed = current === undefined ? undefined : parseAttributePath(current);
  const found = renamed && resolveAttribute(type, renamed, tolerate);
  return found !== undefined && tolerate('earlierUrn') ? found : undefined;
};

/** URNs of SCIM 1 and of drafts of SCIM 2, with or without the name of the resource type. */
const earlierUrns = onceForEach(
  ({ name }: ResourceType) =>
    new RegExp(
      `^urn:(ietf:params:)?scim:schemas:(core:[12]\\.0(:${name})?|extension:enterprise:[12]\\.0(:User)?)(?=[:.]|$)`,
      'i',
    ),
);

/** @returns the text with the URN of the type's schema in place of an earlier one; undefined without an earlier one */
const withCurrentUrn = (type: ResourceType, text: string): string | undefined => {
  const [written] = earlierUrns(type).exec(text) ?? [];
  if (written === undefined) return undefined;
  const enterprise = /:extension:/i.test(written);
  const schema = enterprise
    ? type.extensions.find((one) => one.schema.id === ENTERPRISE_USER_URN)?.schema
    : type.schema;
  return schema === undefined || written.toLowerCase() === schema.id.toLowerCase()
    ? undefined
    : schema.id + text.slice(written.length);
};

/** @returns the type's schema or extension whose URN, or under a dialect an earlier one, is the whole text */
export const resolveSchema = (type: ResourceType, text: string, tolerate: Tolerate): Schema | undefined => {
  if (!text.includes(':')) return undefined;
  const { byUrn } = indexOf(type);
  const schema = byUrn.get(text.toLowerCase())?.schema;
  if (schema !== undefined) return schema;
  const renamed = byUrn.get(withCurrentUrn(type, text)?.toLowerCase() ?? '')?.schema;
  return renamed !== undefined && tolerate('earlierUrn') ? renamed : undefined;
};

/**
 * Resolves a sub-attribute in any letter case, inside or after the brackets of a value path. The elements of a
 * multi-valued attribute that is not complex are called `value`, which resolves to the attribute itself.
 * @param target an attribute, not a sub-attribute
 */
export const resolveSubAttribute = (target: Target, name: string): Target | undefined => {
  const { extension, attribute } = target;
  if (target.sub !== undefined) return undefined;
  const key = name.toLowerCase();
  const sub = attribute.subAttributes?.find((candidate) => candidate.name.toLowerCase() === key);
  if (sub !== undefined) return { extension, attribute, sub };
  return attribute.type !== 'complex' && attribute.multiValued && key === 'value' ? target : undefined;
};
