/** Reads the body of a request: checks media type and size, parses JSON (RFC 7644 sections 3.1 and 3.12). */
import { invalidSyntax, ScimError, tooLarge } from '../error.ts';
import type { Json } from '../json/json.ts';
import { excessOf } from '../json/json-shape.ts';
import { isLonger } from '../json/json-size.ts';
import { limits } from '../limits.ts';
import { decodeBody } from './charset.ts';
import type { ResourceExchange } from './request.ts';

/** Accepts `application/scim+json`, `application/json`, none; any letter case (RFC 7231 section 3.1.1.1). */
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

/** Before parsing, so that hostile input costs little and cannot overflow the stack. */
const checkShape = (text: string): void => {
  const excess = excessOf(text, limits);
  if (excess === 'depth')
    throw invalidSyntax(`The body is nested more than ${limits.depth} levels deep: reduce the nesting.`);
  if (excess === 'keys') throw invalidSyntax(`The body has an object with more than ${limits.keys} keys: remove some.`);
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
 * @param absent the message that an absent body means under a dialect
 * @throws 415; 413; 400 invalidSyntax if it is absent, not UTF-8, not JSON, nested too deep, or with too many keys
 */
export function readBody(exchange: ResourceExchange, absent?: Json): Json {
  const { body: sent, header } = exchange.request;
  checkMediaType(header('content-type'));
  const body = decodeBody(sent ?? '', header);
  if (body.trim() === '') {
    if (absent !== undefined && exchange.tolerate('missingSchemas')) return absent;
    throw invalidSyntax('The request requires a JSON body.');
  }
  checkSize(body, exchange);
  checkShape(body);
  return parse(body);
}
