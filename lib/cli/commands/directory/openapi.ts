import { resourceTypesOf } from '../../../scim/index.ts';
import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { toScimOpenApi } from '../../scim-openapi.ts';
import { directoryArgument } from '../../shared-arguments.ts';

export const describeDirectory = defineCommand({
  path: ['directory', 'openapi'],
  summary: 'print the OpenAPI description of the SCIM endpoints',
  description:
    "Print the OpenAPI 3.1 description of a directory's SCIM endpoints, with its own schemas, extensions and resource types, for Swagger UI, Redoc and generators of clients.",
  arguments: { id: directoryArgument },
  options: adminOptions,
  examples: ['scim directory openapi acme > acme.json', 'scim directory openapi acme --stack Rollcall --json'],
  async run({ arguments: { id }, options, streams }) {
    const found = await (await connect(options, streams)).readDirectory(id);
    const document = toScimOpenApi({ id, baseUrl: found.baseUrl, resourceTypes: resourceTypesOf(found) });
    printResult(options, streams, { json: document, text: `${JSON.stringify(document, null, 2)}\n` });
  },
});
