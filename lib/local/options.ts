/** The command line of `npm start`. */
import { parseArgs } from 'node:util';
import { LocalRunError } from './local-run-error.ts';

export type Options = {
  /** 0 picks a free one. */
  readonly port: number;
  /** As given. Undefined keeps the data in memory, in a temporary folder that is removed on exit. */
  readonly data: string | undefined;
  /** One line of JSON on standard output, everything else on standard error. */
  readonly json: boolean;
  /** A file that lists the directories to create. */
  readonly settings: string | undefined;
  /** The URL to post each event to. */
  readonly forward: string | undefined;
};

/** Where the CLI looks for a run, unless ROLLCALL_DATA is set. */
export const DEFAULT_DATA_FOLDER = '.rollcall';

const USAGE = 'npm start -- [--port N] [--data DIR | --memory] [--settings FILE] [--forward URL] [--json]';
const HELP = `${USAGE}

  --port N         port to listen on; 0 picks a free one (default: 8787)
  --data DIR       folder to keep the data in (default: ${DEFAULT_DATA_FOLDER})
  --memory         keep the data in memory only
  --settings FILE  create the directories of this file (docs/directories.md)
  --forward URL    post each event to a subscriber, signed (examples/subscriber)
  --json           print one line of JSON on standard output when ready, everything else on standard error
`;

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '8787' },
        data: { type: 'string', default: DEFAULT_DATA_FOLDER },
        memory: { type: 'boolean', default: false },
        settings: { type: 'string' },
        forward: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new LocalRunError(`${error instanceof Error ? error.message : error}. Usage: ${USAGE}`);
  }
};

const isHttp = (url: string) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);

/** @returns the help text, or undefined if the arguments do not ask for it */
export const helpFor = (args: readonly string[]): string | undefined =>
  args.some((arg) => arg === '--help' || arg === '-h') ? HELP : undefined;

/** @throws LocalRunError for an unknown option or an invalid value */
export function parseOptions(args: readonly string[]): Options {
  const { port, data, memory, settings, forward, json } = parse(args);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new LocalRunError(`--port takes a number from 0 to 65535, not ${JSON.stringify(port)}.`);
  if (data === '') throw new LocalRunError('--data takes the path of a folder.');
  if (forward !== undefined && !isHttp(forward))
    throw new LocalRunError(`--forward takes an http or https URL, not ${JSON.stringify(forward)}.`);
  return { port: Number(port), data: memory ? undefined : data, json, settings, forward };
}
