import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { directoryArgument } from '../../shared-arguments.ts';

export const pauseDirectory = defineCommand({
  path: ['directory', 'pause'],
  summary: 'pause writes over SCIM',
  description: 'Refuse every write over SCIM with status 429. Takes effect within 30 seconds. Reads continue.',
  arguments: { id: directoryArgument },
  options: adminOptions,
  examples: ['scim directory pause acme'],
  async run({ arguments: { id }, options, streams }) {
    const paused = await (await connect(options, streams)).pauseDirectory(id);
    const text = `Paused directory ${id}. To resume it: scim directory resume ${id}\n`;
    printResult(options, streams, { json: paused, text });
  },
});
