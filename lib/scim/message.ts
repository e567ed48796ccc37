/** Messages: bodies that are no resources, such as PatchOp and SearchRequest (RFC 7644 section 8.2). */
import type { Tolerate } from './dialect.ts';
import { invalidSyntax } from './error.ts';
import { isObject, isUnassigned, type Json, type JsonObject } from './json/json.ts';

/**
 * @returns the body as an object whose `schemas` names the message
 * @throws invalidSyntax when it names others only: then it was meant for something else
 */
export function checkMessage(body: Json, urn: string, tolerate: Tolerate): JsonObject {
  if (!isObject(body)) throw invalidSyntax('the body must be a JSON object');
  const key = Object.keys(body).find((name) => name === 'schemas' || name.toLowerCase() === 'schemas');
  const schemas = key === undefined ? undefined : body[key];
  if (isUnassigned(schemas)) {
    if (!tolerate('missingSchemas')) throw invalidSyntax(`schemas is missing: it must name ${urn}`);
    return body;
  }
  const named: readonly Json[] = Array.isArray(schemas) ? schemas : [];
  if (!named.some((one) => one === urn || (typeof one === 'string' && one.toLowerCase() === urn.toLowerCase())))
    throw invalidSyntax(`schemas must name ${urn}`);
  return body;
}
