/** Expectations of answers; each throws a Fault that says what was seen. */
import { isDeepStrictEqual } from 'node:util';
import { at, elementsOf } from '../scim-client/json-value.ts';
import { detailOf, ERROR, faultOf, ListResponse, mediaTypeOf, Resource } from '../scim-client/scim-messages.ts';
import type { CheckResponse } from './check-context.ts';
import { CheckFailed } from './check-outcome.ts';

type Path = readonly (string | number)[];

const SCIM_JSON = 'application/scim+json';

export const say = (value: unknown): string =>
  value === undefined ? 'nothing' : (JSON.stringify(value) ?? 'nothing').slice(0, 200);

/** An answer in words, for example `400 invalidFilter: no such attribute`. */
export const sayAnswer = (seen: CheckResponse): string =>
  `${seen.status}${seen.status < 400 || seen.text === '' ? '' : ` ${detailOf(seen)}`}`;

export const expectStatus = (seen: CheckResponse, ...statuses: readonly number[]): void => {
  if (!statuses.includes(seen.status))
    throw new CheckFailed(`${seen.asked} answered ${sayAnswer(seen)}, in place of ${statuses.join(' or ')}`);
};

export const expectScimJson = (seen: CheckResponse): void => {
  const mediaType = mediaTypeOf(seen);
  if (mediaType !== SCIM_JSON)
    throw new CheckFailed(`${seen.asked} answered with Content-Type '${mediaType}', in place of ${SCIM_JSON}`);
};

/** RFC 7644 section 3.12. */
export const expectError = (seen: CheckResponse, status: number, scimType?: string): void => {
  expectStatus(seen, status);
  const schemas = elementsOf(at(seen.json, 'schemas'));
  if (!schemas.includes(ERROR))
    throw new CheckFailed(`${seen.asked} answered ${status} without the SCIM Error schema: ${say(seen.text)}`);
  if (at(seen.json, 'status') !== String(status))
    throw new CheckFailed(
      `${seen.asked}: the error's status is ${say(at(seen.json, 'status'))}, in place of the string "${status}"`,
    );
  const said = at(seen.json, 'scimType');
  if (scimType !== undefined && said !== scimType)
    throw new CheckFailed(`${seen.asked} answered ${status} with scimType ${say(said)}, in place of ${scimType}`);
};

/** RFC 7644 section 3.4.2. */
export const expectList = (seen: CheckResponse): ListResponse => {
  expectStatus(seen, 200);
  const list = ListResponse.safeParse(seen.json);
  if (!list.success) throw new CheckFailed(`${seen.asked}: no ListResponse, ${faultOf(list.error)}`);
  return list.data;
};

export const expectResource = (seen: CheckResponse, status: number): Resource => {
  expectStatus(seen, status);
  const resource = Resource.safeParse(seen.json);
  if (!resource.success) throw new CheckFailed(`${seen.asked}: no resource, ${faultOf(resource.error)}`);
  return resource.data;
};

/** @returns the one resource of a list */
export const expectOne = (seen: CheckResponse, id: string): Resource => {
  const { totalResults, Resources } = expectList(seen);
  const [first] = Resources;
  if (totalResults !== 1 || first?.id !== id)
    throw new CheckFailed(
      `${seen.asked} found ${totalResults} resources${first === undefined ? '' : `, ${first.id} first`}, in place of one, ${id}`,
    );
  return first;
};

export const expectNone = (seen: CheckResponse): void => {
  const { totalResults, Resources } = expectList(seen);
  if (totalResults !== 0 || Resources.length > 0)
    throw new CheckFailed(`${seen.asked} found ${totalResults} resources, in place of none`);
};

/** Equality with the value, at a path of the answer. */
export const expectValue = (seen: CheckResponse, path: Path, value: unknown): void => {
  const there = at(seen.json, ...path);
  if (!isDeepStrictEqual(there, value))
    throw new CheckFailed(`${seen.asked}: ${path.join('.')} is ${say(there)}, in place of ${say(value)}`);
};

/** Neither a value nor a null, an empty array or an empty object. */
export const expectUnassigned = (seen: CheckResponse, path: Path): void => {
  const there = at(seen.json, ...path);
  if (there !== undefined && there !== null && !isDeepStrictEqual(there, []) && !isDeepStrictEqual(there, {}))
    throw new CheckFailed(`${seen.asked}: ${path.join('.')} is ${say(there)}, in place of nothing`);
};

/** A PATCH may answer with the resource or with nothing (RFC 7644 section 3.5.2). */
export const expectPatched = (seen: CheckResponse): void => expectStatus(seen, 200, 204);
