/** RFC 7644 section 3.12: the one error type, raised where a rule is broken and rendered in one place. */
import type { JsonObject } from './json/json.ts';

/** RFC 7644 table 9, with RFC 9865 section 2.1. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

export type ScimErrorOptions = {
  readonly scimType?: ScimType;
  /** Headers of the answer, for example `Allow` or `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
};

export class ScimError extends Error {
  readonly status: number;
  readonly scimType: ScimType | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** @param detail what was wrong and where, in words, for the admin who reads it in the identity provider's console */
  constructor(status: number, detail: string, { scimType, headers = {}, cause }: ScimErrorOptions = {}) {
    super(detail, { cause });
    this.name = 'ScimError';
    this.status = status;
    this.scimType = scimType;
    this.headers = headers;
  }
}

const badRequest = (scimType: ScimType) => (detail: string) => new ScimError(400, detail, { scimType });
export const invalidFilter = badRequest('invalidFilter');
export const invalidSyntax = badRequest('invalidSyntax');
export const invalidPath = badRequest('invalidPath');
export const invalidValue = badRequest('invalidValue');
export const mutability = badRequest('mutability');
export const noTarget = badRequest('noTarget');
export const tooMany = badRequest('tooMany');
export const invalidCursor = badRequest('invalidCursor');
export const invalidCount = badRequest('invalidCount');

export const notFound = (typeName: string, id: string) => new ScimError(404, `${typeName} ${id} not found`);
/** Another resource of the directory has the value (RFC 7644 section 3.3). */
export const uniqueness = (detail: string) => new ScimError(409, detail, { scimType: 'uniqueness' });
/** If-Match names another version (RFC 7644 section 3.14). */
export const preconditionFailed = (detail: string) => new ScimError(412, detail);
export const tooLarge = (detail: string) => new ScimError(413, detail);
/** The store or another service does not answer: never to be taken for "not found". Waiting helps. */
export const unavailable = (cause: unknown, retryAfterSeconds = 5) =>
  new ScimError(503, 'The service is temporarily unavailable; the request was not completed. Try again later.', {
    headers: { 'Retry-After': String(retryAfterSeconds) },
    cause,
  });
/** The request ran out of time between two of its steps; the same request, repeated, completes it. Okta resumes after 429 only. */
export const notFinished = (retryAfterSeconds = 1) =>
  new ScimError(429, 'The change is too large to finish in one request. Repeat the same request to complete it.', {
    headers: { 'Retry-After': String(retryAfterSeconds) },
  });

/** Others wrote the resource before each of our tries, until the time was spent. */
export const overtaken = () =>
  new ScimError(429, 'Other requests kept changing the resource until the time was spent. Repeat the request.', {
    headers: { 'Retry-After': '1' },
  });

/** Writes are refused until somebody resumes the directory. Okta goes on by itself only after 429. */
export const paused = (detail: string) => new ScimError(429, detail, { headers: { 'Retry-After': '900' } });

const ERROR_URN = 'urn:ietf:params:scim:api:messages:2.0:Error';
/** `status` is a string (RFC 7644 section 3.12). */
export const toErrorBody = (error: ScimError): JsonObject => ({
  schemas: [ERROR_URN],
  status: String(error.status),
  ...(error.scimType === undefined ? {} : { scimType: error.scimType }),
  detail: error.message,
});
