/** Expectations of responses; each throws CheckFailed with the actual and the expected value. */
import { isDeepStrictEqual } from 'node:util';
import { at, elementsOf } from '../scim-client/json-value.ts';
import { detailOf, ERROR, faultOf, ListResponse, mediaTypeOf, Resource } from '../scim-client/scim-messages.ts';
import type { CheckResponse } from './check-context.ts';
import { CheckFailed } from './check-outcome.ts';

type Path = readonly (string | number)[];

const SCIM_JSON = 'application/scim+json';

export const format = (value: unknown): string =>
  value === undefined ? 'missing' : (JSON.stringify(value) ?? 'missing').slice(0, 200);

/** Formats a response, for example `400 invalidFilter: no such attribute`. */
export const formatResponse = (response: CheckResponse): string =>
  `${response.status}${response.status < 400 || response.text === '' ? '' : ` ${detailOf(response)}`}`;

export const expectStatus = (response: CheckResponse, ...statuses: readonly number[]): void => {
  if (!statuses.includes(response.status))
    throw new CheckFailed(
      `${response.requestLine} returned ${formatResponse(response)}, expected ${statuses.join(' or ')}`,
    );
};

export const expectScimJson = (response: CheckResponse): void => {
  const mediaType = mediaTypeOf(response);
  if (mediaType !== SCIM_JSON)
    throw new CheckFailed(`${response.requestLine} returned Content-Type '${mediaType}', expected ${SCIM_JSON}`);
};

/** Expects a SCIM error (RFC 7644 section 3.12). */
export const expectError = (response: CheckResponse, status: number, scimType?: string): void => {
  expectStatus(response, status);
  const schemas = elementsOf(at(response.json, 'schemas'));
  if (!schemas.includes(ERROR))
    throw new CheckFailed(
      `${response.requestLine} returned ${status} without the SCIM Error schema: ${format(response.text)}`,
    );
  if (at(response.json, 'status') !== String(status))
    throw new CheckFailed(
      `${response.requestLine}: the error's status is ${format(at(response.json, 'status'))}, expected the string "${status}"`,
    );
  const actual = at(response.json, 'scimType');
  if (scimType !== undefined && actual !== scimType)
    throw new CheckFailed(
      `${response.requestLine} returned ${status} with scimType ${format(actual)}, expected ${scimType}`,
    );
};

/** Expects a ListResponse (RFC 7644 section 3.4.2). */
export const expectList = (response: CheckResponse): ListResponse => {
  expectStatus(response, 200);
  const list = ListResponse.safeParse(response.json);
  if (!list.success) throw new CheckFailed(`${response.requestLine}: not a ListResponse, ${faultOf(list.error)}`);
  return list.data;
};

export const expectResource = (response: CheckResponse, status: number): Resource => {
  expectStatus(response, status);
  const resource = Resource.safeParse(response.json);
  if (!resource.success) throw new CheckFailed(`${response.requestLine}: not a resource, ${faultOf(resource.error)}`);
  return resource.data;
};

/** Expects a list of exactly one resource. @returns that resource */
export const expectOne = (response: CheckResponse, id: string): Resource => {
  const { totalResults, Resources } = expectList(response);
  const [first] = Resources;
  if (totalResults !== 1 || first?.id !== id)
    throw new CheckFailed(
      `${response.requestLine} found ${totalResults} resources${first === undefined ? '' : `, ${first.id} first`}, expected only ${id}`,
    );
  return first;
};

export const expectNone = (response: CheckResponse): void => {
  const { totalResults, Resources } = expectList(response);
  if (totalResults !== 0 || Resources.length > 0)
    throw new CheckFailed(`${response.requestLine} found ${totalResults} resources, expected none`);
};

/** Expects a value at a path of the response. */
export const expectValue = (response: CheckResponse, path: Path, value: unknown): void => {
  const actual = at(response.json, ...path);
  if (!isDeepStrictEqual(actual, value))
    throw new CheckFailed(`${response.requestLine}: ${path.join('.')} is ${format(actual)}, expected ${format(value)}`);
};

/** Expects no value at a path. null, an empty array and an empty object count as none (RFC 7643 section 2.5). */
export const expectUnassigned = (response: CheckResponse, path: Path): void => {
  const actual = at(response.json, ...path);
  if (actual !== undefined && actual !== null && !isDeepStrictEqual(actual, []) && !isDeepStrictEqual(actual, {}))
    throw new CheckFailed(`${response.requestLine}: ${path.join('.')} is ${format(actual)}, expected none`);
};

/** A PATCH may return the resource or no content (RFC 7644 section 3.5.2). */
export const expectPatched = (response: CheckResponse): void => expectStatus(response, 200, 204);
