/** Reads the body of a request: checks media type and size, parses JSON (RFC 7644 sections 3.1 and 3.12). */
import { invalidSyntax, ScimError, tooLarge } from '../error.ts';
import { isObject, type Json } from '../json/json.ts';
import { isLonger } from '../json/json-size.ts';
import { limits } from '../limits.ts';
import type { ResourceExchange } from './request.ts';

/** Accepts `application/scim+json`, `application/json`, none; any charset, any letter case (RFC 7231 section 3.1.1.1). */
const checkMediaType = (contentType: string | undefined): void => {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!['', 'application/scim+json', 'application/json'].includes(mediaType))
    throw new ScimError(415, `The body must be application/scim+json or application/json, not ${mediaType}.`);
};

const checkSize = (text: string, { type }: ResourceExchange): void => {
  const bytes = type.members === undefined ? limits.bodyBytes : limits.membersBodyBytes;
  if (!isLonger(text, bytes)) return;
  const fix =
    type.members === undefined ? 'shorten it' : 'send the members in several PATCH requests of a few thousand each';
  throw tooLarge(`The body is larger than ${bytes / (1024 * 1024)} MB: ${fix}.`);
};

/** Breadth first, so that deeply nested hostile input cannot overflow the stack. */
const checkDepth = (body: Json): void => {
  let level: readonly Json[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.depth)
      throw invalidSyntax(`The body is nested more than ${limits.depth} levels deep: reduce the nesting.`);
    level = level.flatMap((value): readonly Json[] =>
      Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [],
    );
  }
};

const parse = (text: string): Json => {
  try {
    // JSON.parse returns nothing but JSON values.
    return JSON.parse(text.replace(/^\ufeff/, '')) as Json;
  } catch (cause) {
    throw new ScimError(400, 'The body is not valid JSON.', { scimType: 'invalidSyntax', cause });
  }
};

/**
 * Reads the JSON body.
 * @throws 415; 413; 400 invalidSyntax if it is absent, not JSON, or nested too deep
 */
export function readBody(exchange: ResourceExchange): Json {
  const { body, header } = exchange.request;
  checkMediaType(header('content-type'));
  if (body === undefined || body.trim() === '') throw invalidSyntax('The request requires a JSON body.');
  checkSize(body, exchange);
  const json = parse(body);
  checkDepth(json);
  return json;
}
