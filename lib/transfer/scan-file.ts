/** The first pass over a file: counts its resources and finds lines that no directory could import. */
import { fold, type JsonObject, type ResourceType, resourceTypes } from '../scim/index.ts';
import { NOT_AN_OBJECT, parseObjectLine } from './line-json.ts';
import { type NumberedLine, readLines } from './read-lines.ts';
import { nameAttribute, textAt, typeOfResource, unreadableIn } from './resource-line.ts';
import { FORMAT, FORMAT_VERSION, Header } from './transfer-messages.ts';

export type LineFault = { readonly line: number; readonly detail: string; readonly conflict: boolean };
export type Scan = {
  readonly header: Header | undefined;
  /** Number of importable lines by resource type. */
  readonly counts: ReadonlyMap<string, number>;
  /** Ids in the file of importable lines. */
  readonly ids: ReadonlySet<string>;
  readonly faults: readonly LineFault[];
  /** Numbers of the lines to skip: faults and the header. */
  readonly skip: ReadonlySet<number>;
};

/** The file as a whole cannot be imported. */
export class NotImportable extends Error {}

const EXPECTED = 'expected one SCIM resource as JSON per line, as written by scim export';

/** @throws NotImportable if the file is empty, or of another format than JSON lines */
const checkFormat = ({ header, faults, skip }: Scan, lines: number): void => {
  if (lines === 0) throw new NotImportable(`it is empty: ${EXPECTED}`);
  const isOther = header === undefined && skip.size === lines && faults.every(({ detail }) => detail === NOT_AN_OBJECT);
  if (isOther) throw new NotImportable(`no line is a JSON object: ${EXPECTED}, or pass --format csv for a CSV file`);
};

/** @throws NotImportable for an invalid header, or one of another version */
const readHeader = (json: JsonObject): Header | undefined => {
  if (json.format !== FORMAT) return undefined;
  const header = Header.safeParse(json).data;
  if (header === undefined) throw new NotImportable('the header in its first line is invalid');
  if (header.version !== FORMAT_VERSION)
    throw new NotImportable(`its format is version ${header.version}, and only version ${FORMAT_VERSION} is supported`);
  return header;
};

const headerIn = ({ text }: NumberedLine): Header | undefined => {
  const parsed = parseObjectLine(text);
  return 'json' in parsed ? readHeader(parsed.json) : undefined;
};

/** The values by which two lines would match the same resource. */
const keysOf = (resource: JsonObject, type: ResourceType, keepIds: boolean): readonly (readonly [string, string])[] => {
  const name = nameAttribute(type);
  const [id, externalId, named] = ['id', 'externalId', name].map((attribute) => textAt(resource, attribute));
  const identity = keepIds ? { attribute: 'id', value: id } : { attribute: 'externalId', value: externalId };
  // Groups may share a name if another attribute distinguishes them.
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
      if (first !== undefined) return `${attribute} is already used in line ${first}`;
    }
    for (const [attribute, value] of keys) lines.set(`${type.name}.${attribute}=${value}`, line);
    return undefined;
  };
};

/** @throws NotImportable, LineTooLong, and errors of the file system */
export async function scanFile(file: string, { keepIds }: { readonly keepIds: boolean }): Promise<Scan> {
  const counts = new Map(resourceTypes.map(({ name }) => [name, 0]));
  const ids = new Set<string>();
  const faults: LineFault[] = [];
  const skip = new Set<number>();
  const duplicateOf = createDuplicates(keepIds);
  let header: Header | undefined;

  const faultOf = ({ line, text }: NumberedLine): Omit<LineFault, 'line'> | undefined => {
    const parsed = parseObjectLine(text);
    if ('fault' in parsed) return { detail: parsed.fault, conflict: false };
    const { json } = parsed;
    const type = typeOfResource(json);
    if (type === undefined)
      return { detail: 'neither meta.resourceType nor schemas identifies a User or a Group', conflict: false };
    const unreadable = unreadableIn(json, type);
    if (unreadable !== undefined) return { detail: unreadable, conflict: false };
    const detail = duplicateOf(json, type, line);
    if (detail !== undefined) return { detail, conflict: true };
    counts.set(type.name, (counts.get(type.name) ?? 0) + 1);
    const id = textAt(json, 'id');
    if (id !== undefined) ids.add(id);
    return undefined;
  };

  let lines = 0;
  for await (const numbered of readLines(file)) {
    lines += 1;
    if (skip.size === 0 && header === undefined) header = headerIn(numbered);
    if (header !== undefined && skip.size === 0) {
      skip.add(numbered.line);
      continue;
    }
    const fault = faultOf(numbered);
    if (fault === undefined) continue;
    faults.push({ line: numbered.line, ...fault });
    skip.add(numbered.line);
  }
  const scan = { header, counts, ids, faults, skip };
  checkFormat(scan, lines);
  return scan;
}
