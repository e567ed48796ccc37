/** Messages: request bodies other than resources, such as PatchOp and SearchRequest (RFC 7644 section 8.2). */
import type { Tolerate } from './dialect.ts';
import { invalidSyntax } from './error.ts';
import { isObject, isUnassigned, type Json, type JsonObject } from './json/json.ts';

const asArray = (value: Json): readonly Json[] => (Array.isArray(value) ? value : [value]);

/**
 * Checks that a body is the message with the given URN.
 * @throws invalidSyntax if the body is not an object, or its `schemas` does not contain the URN
 */
export function checkMessage(body: Json, urn: string, tolerate: Tolerate): JsonObject {
  if (!isObject(body)) throw invalidSyntax('The body must be a JSON object.');
  const key = Object.keys(body).find((name) => name === 'schemas' || name.toLowerCase() === 'schemas');
  const schemas = key === undefined ? undefined : body[key];
  if (isUnassigned(schemas)) {
    if (!tolerate('missingSchemas')) throw invalidSyntax(`schemas is required: add ${urn}.`);
    return body;
  }
  if (typeof schemas === 'string' && !tolerate('singleForMultiple'))
    throw invalidSyntax(`schemas must be an array with ${urn}.`);
  const urns = asArray(schemas ?? null);
  if (urns.includes(urn)) return body;
  const texts = urns.map((one) => (typeof one === 'string' ? one.toLowerCase() : ''));
  const name = urn.slice(urn.lastIndexOf(':')).toLowerCase();
  const isEarlier = (one: string) => /^urn:(ietf:params:)?scim:/.test(one) && one.endsWith(name);
  if (!texts.includes(urn.toLowerCase()) && !(texts.some(isEarlier) && tolerate('earlierUrn')))
    throw invalidSyntax(`schemas must contain ${urn}.`);
  return body;
}
