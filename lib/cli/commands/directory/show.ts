import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { directoryArgument } from '../../shared-arguments.ts';
import { toTextList } from '../../text-table.ts';

export const showDirectory = defineCommand({
  path: ['directory', 'show'],
  summary: 'show a directory',
  description: 'Show the settings of a directory and the URL for its identity provider.',
  arguments: { id: directoryArgument },
  options: adminOptions,
  examples: ['scim directory show acme'],
  async run({ arguments: { id }, options, streams }) {
    const found = await (await connect(options, streams)).readDirectory(id);
    printResult(options, streams, { json: found, text: toTextList(found) });
  },
});
