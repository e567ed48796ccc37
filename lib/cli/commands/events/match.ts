import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../../common/json-text.ts';
import { toTerminalText } from '../../../common/terminal-text.ts';
import { matches, type Pattern, PatternFault, parsePattern } from '../../../events/pattern.ts';
import { CliError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import { runFile } from '../../deployment.ts';

const Event = z.record(z.string(), z.json());

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new CliError(`Cannot read ${file}. Pass an existing file.`);
  }
};
const readPattern = (file: string): Pattern => {
  try {
    return parsePattern(parseJson(read(file)));
  } catch (error) {
    if (error instanceof PatternFault)
      throw new CliError(`${file} is not a pattern that can be matched: ${error.message}.`);
    throw error;
  }
};

export const matchEvents = defineCommand({
  path: ['events', 'match'],
  summary: 'show which events a pattern matches',
  description:
    'Show which events of the local run, or of a file with one event per line, an EventBridge pattern matches.',
  arguments: { pattern: { description: 'file with an event pattern as JSON' } },
  options: {
    file: { value: 'file', description: 'events file to read (default: the file of the local run)' },
    json: { description: 'print the events as JSON, one per line' },
  },
  examples: ['scim events match pattern.json', 'scim events match pattern.json --file events.ndjson --json'],
  async run({ arguments: { pattern: file }, options, streams: { out, environment } }) {
    const pattern = readPattern(file);
    const events = read(options.file ?? join(dirname(runFile(environment)), 'events.ndjson'))
      .split('\n')
      .map((line) => Event.safeParse(parseJson(line)).data)
      .filter((event) => event !== undefined);
    const found = events.filter((event) => matches(pattern, event));
    for (const event of found) {
      const line = options.json ? JSON.stringify(event) : `${event.time} ${event['detail-type']} ${event.id}`;
      out(`${toTerminalText(line)}\n`);
    }
    if (!options.json) out(`${found.length} of ${events.length} events match\n`);
  },
});
