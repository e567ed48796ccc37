import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { directoryArgument } from '../../shared-arguments.ts';

export const resumeDirectory = defineCommand({
  path: ['directory', 'resume'],
  summary: 'resume writes over SCIM',
  description: 'Accept writes again after a pause, or after the guard tripped. Takes effect within 30 seconds.',
  arguments: { id: directoryArgument },
  options: adminOptions,
  examples: ['scim directory resume acme'],
  async run({ arguments: { id }, options, streams }) {
    const resumed = await (await connect(options, streams)).resumeDirectory(id);
    printResult(options, streams, { json: resumed, text: `Resumed directory ${id}.\n` });
  },
});
