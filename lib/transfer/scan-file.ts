/** A first reading of a file: what it holds, and which of its lines cannot be imported whatever the directory says. */
import { parseJson } from '../common/json-text.ts';
import { fold, isObject, type JsonObject, type ResourceType, resourceTypes } from '../scim/index.ts';
import { type NumberedLine, readLines } from './read-lines.ts';
import { nameAttribute, textAt, typeOfResource, unreadableIn } from './resource-line.ts';
import { FORMAT, FORMAT_VERSION, Header } from './transfer-messages.ts';

export type LineFault = { readonly line: number; readonly detail: string; readonly conflict: boolean };
export type Scan = {
  readonly header: Header | undefined;
  /** Lines that can be imported, by the name of their type. */
  readonly counts: ReadonlyMap<string, number>;
  /** The ids that the file says of them. */
  readonly ids: ReadonlySet<string>;
  readonly faults: readonly LineFault[];
  /** Numbers of the lines to pass over: faults, and the header. */
  readonly skip: ReadonlySet<number>;
};

/** The file as a whole cannot be imported. */
export class NotImportable extends Error {}

const parse = (text: string): JsonObject | undefined => {
  const json = parseJson(text);
  return isObject(json) ? json : undefined;
};

/** @throws NotImportable for a header of a later version */
const readHeader = (json: JsonObject): Header | undefined => {
  if (json.format !== FORMAT) return undefined;
  const header = Header.safeParse(json).data;
  if (header === undefined) throw new NotImportable('its first line is damaged');
  if (header.version !== FORMAT_VERSION)
    throw new NotImportable(`it has version ${header.version} of the format, and only ${FORMAT_VERSION} is known here`);
  return header;
};

/** By what two lines would be taken for one resource. */
const keysOf = (resource: JsonObject, type: ResourceType, keepIds: boolean): readonly (readonly [string, string])[] => {
  const name = nameAttribute(type);
  const [id, externalId, named] = ['id', 'externalId', name].map((attribute) => textAt(resource, attribute));
  const identity = keepIds ? { attribute: 'id', value: id } : { attribute: 'externalId', value: externalId };
  // Two groups may have one name, but then something else must tell them apart.
  const byName = type.members === undefined || identity.value === undefined;
  return [
    ...(identity.value === undefined ? [] : [[identity.attribute, identity.value] as const]),
    ...(id === undefined || keepIds ? [] : [['id', id] as const]),
    ...(named === undefined || !byName ? [] : [[name, fold(named)] as const]),
  ];
};

const createDuplicates = (keepIds: boolean) => {
  const lines = new Map<string, number>();
  return (resource: JsonObject, type: ResourceType, line: number): string | undefined => {
    const keys = keysOf(resource, type, keepIds);
    for (const [attribute, value] of keys) {
      const first = lines.get(`${type.name}.${attribute}=${value}`);
      if (first !== undefined) return `${attribute} is that of line ${first}`;
    }
    for (const [attribute, value] of keys) lines.set(`${type.name}.${attribute}=${value}`, line);
    return undefined;
  };
};

/** @throws NotImportable, LineTooLong, and what reading the file throws */
export async function scanFile(file: string, { keepIds }: { readonly keepIds: boolean }): Promise<Scan> {
  const counts = new Map(resourceTypes.map(({ name }) => [name, 0]));
  const ids = new Set<string>();
  const faults: LineFault[] = [];
  const skip = new Set<number>();
  const duplicateOf = createDuplicates(keepIds);
  let header: Header | undefined;

  const faultOf = ({ line, text }: NumberedLine): Omit<LineFault, 'line'> | undefined => {
    const json = parse(text);
    if (json === undefined) return { detail: 'not a JSON object', conflict: false };
    const type = typeOfResource(json);
    if (type === undefined)
      return { detail: 'neither meta.resourceType nor schemas says whether it is a User or a Group', conflict: false };
    const unreadable = unreadableIn(json, type);
    if (unreadable !== undefined) return { detail: unreadable, conflict: false };
    const detail = duplicateOf(json, type, line);
    if (detail !== undefined) return { detail, conflict: true };
    counts.set(type.name, (counts.get(type.name) ?? 0) + 1);
    const id = textAt(json, 'id');
    if (id !== undefined) ids.add(id);
    return undefined;
  };

  for await (const numbered of readLines(file)) {
    if (skip.size === 0 && header === undefined) header = readHeader(parse(numbered.text) ?? {});
    if (header !== undefined && skip.size === 0) {
      skip.add(numbered.line);
      continue;
    }
    const fault = faultOf(numbered);
    if (fault === undefined) continue;
    faults.push({ line: numbered.line, ...fault });
    skip.add(numbered.line);
  }
  return { header, counts, ids, faults, skip };
}
