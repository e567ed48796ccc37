/** A failed command: its exit code, a code for programs, and one line of text or JSON. */
import { CommanderError } from 'commander';
import { AdminClientError } from '../admin-client/admin-client.ts';
import { toTerminalJson, toTerminalText } from '../common/terminal-text.ts';
import { CliError } from './cli-error.ts';
import { toSentence } from './wording.ts';

const FAILED = 1;
const BAD_USAGE = 2;

type Failure = {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  /** HTTP status, if a server refused the request. */
  readonly status?: number;
};

const codes: ReadonlyMap<number, string> = new Map([
  [400, 'invalid_request'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [409, 'conflict'],
  [429, 'unavailable'],
  [503, 'unavailable'],
]);

/** The suggestion of commander stands on a line of its own. */
const toSentences = (text: string): string =>
  text
    .replace(/^error: /, '')
    .trim()
    .split(/\s*\n\s*/)
    .map(toSentence)
    .join(' ');

const ofServer = ({ status, message, isProblem }: AdminClientError): Failure => {
  if (status === undefined) return { exitCode: FAILED, code: 'unreachable', message };
  // The server found the fault in what the user typed, which the command could not check itself.
  const exitCode = status === 400 && isProblem ? BAD_USAGE : FAILED;
  return { exitCode, code: codes.get(status) ?? 'refused', message, status };
};

/** @returns undefined for an error that is a fault of the program */
export const toFailure = (error: unknown): Failure | undefined => {
  if (error instanceof CommanderError)
    return { exitCode: BAD_USAGE, code: 'usage', message: toSentences(error.message) };
  if (error instanceof CliError)
    return {
      exitCode: error.exitCode,
      code: error.exitCode === BAD_USAGE ? 'usage' : 'failed',
      message: error.message,
    };
  return error instanceof AdminClientError ? ofServer(error) : undefined;
};

/** @returns one line, for a person or as JSON */
export const printFailure = ({ exitCode: _, ...error }: Failure, json: boolean): string =>
  json ? `${toTerminalJson({ error })}\n` : `error: ${toTerminalText(error.message.replace(/\s*\n\s*/g, ' '))}\n`;
