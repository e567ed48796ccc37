/** The one error of the admin API, rendered as RFC 9457 problem details in one place. */
import { STATUS_CODES } from 'node:http';
import { ScimError } from '../scim/index.ts';
import { SecretsUnavailable } from '../tokens/versioned-secret.ts';
import type { Problem } from './directory-messages.ts';

export class AdminError extends Error {
  readonly status: number;
  readonly title: string;
  /** Headers of the answer, for example `Allow`. */
  readonly headers: Readonly<Record<string, string>>;
  /** @param detail what was wrong and where, in words */
  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = 'AdminError';
    this.status = status;
    this.title = titleOf(status);
    this.headers = headers;
  }
}

/** RFC 9110 section 15.5.14 names it otherwise than Node 20 does. */
const titleOf = (status: number) => (status === 413 ? 'Content Too Large' : (STATUS_CODES[status] ?? 'Error'));

export const badRequest = (detail: string) => new AdminError(400, detail);
export const notFound = (detail: string) => new AdminError(404, detail);
export const conflict = (detail: string) => new AdminError(409, detail);
export const unsupportedMediaType = (detail: string) => new AdminError(415, detail);
export const methodNotAllowed = (allow: string) =>
  new AdminError(405, `This method is not offered here. Allowed: ${allow}`, { Allow: allow });

/** What reaches the caller: an outage is 503, and what nobody expected tells nothing of the inside. */
export const toAdminError = (error: unknown): AdminError => {
  if (error instanceof AdminError) return error;
  if (error instanceof ScimError) return new AdminError(error.status, error.message, error.headers);
  if (error instanceof SecretsUnavailable)
    return new AdminError(503, 'The tokens cannot be reached at the moment. Try again later.', { 'Retry-After': '5' });
  return new AdminError(500, 'Something went wrong.');
};

/** Told what went wrong on our side, and the id of the request; the caller is told no more than that id. */
export type Report = (error: unknown, requestId: string | undefined) => void;

/** RFC 9457 section 3.1; no `type` means `about:blank`, whose title is that of the status. */
export const toFailure = (thrown: unknown, requestId: string, report: Report) => {
  const { status, title, message, headers } = toAdminError(thrown);
  if (status >= 500) report(thrown, requestId);
  const detail = status === 500 ? `${message} The log says more under the request id ${requestId}.` : message;
  const problem: Problem = { status, title, detail };
  return { status, headers: { ...headers, 'Content-Type': 'application/problem+json' }, body: JSON.stringify(problem) };
};
