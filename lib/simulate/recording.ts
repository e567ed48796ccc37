/** Formats exchanges as lines of JSON, without the token. */
import type { Answer, Request } from '../scim-client/connection.ts';
import type { Kind } from './statistics.ts';

export type Exchange = { readonly kind: Kind; readonly request: Request; readonly answer: Answer | undefined };

const BODY_LIMIT = 100_000;

/** @returns one line, including its newline */
export const toRecordLine = ({ kind, request, answer }: Exchange): string => {
  const { method, target, headers = {}, body } = request;
  const line = JSON.stringify({
    kind,
    request: { method, target, headers, body },
    answer: answer && {
      status: answer.status,
      contentType: answer.headers['content-type'],
      body: answer.json ?? (answer.text === '' ? undefined : answer.text.slice(0, BODY_LIMIT)),
      milliseconds: Math.round(answer.milliseconds * 10) / 10,
    },
  });
  return `${line}\n`;
};
