import { type DirectoryAnswer, DirectorySettings, type NewTokenAnswer } from '../../../admin/directory-messages.ts';
import { type AdminClient, AdminClientError } from '../../../admin-client/admin-client.ts';
import { CliError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { directoryOptions, toGuard } from '../../directory-options.ts';
import { parseUsage } from '../../parsers.ts';
import { parseSlug } from '../../shared-arguments.ts';
import { toConnectionText } from '../../token-text.ts';

const FIRST_TOKEN = 'default';

const createFirstToken = (client: AdminClient, directory: string): Promise<NewTokenAnswer> =>
  client.createToken(directory, { name: FIRST_TOKEN }).catch((error: unknown) => {
    if (!(error instanceof AdminClientError)) throw error;
    throw new CliError(
      `Created directory ${directory}, but no token: ${error.message} Run: scim token create ${directory}`,
    );
  });

const toText = ({ id, baseUrl }: DirectoryAnswer, token: NewTokenAnswer | undefined): string =>
  token === undefined
    ? `Created directory ${id}.\n\n  URL    ${baseUrl}\n`
    : `Created directory ${id}. Paste these into the identity provider:\n${toConnectionText(token)}`;

export const createDirectory = defineCommand({
  path: ['directory', 'create'],
  summary: 'create a directory and its first token',
  description: "Create a directory, and a token for the customer's identity provider.",
  arguments: { id: { description: 'directory id: 1 to 40 characters of a-z, 0-9 and -', parse: parseSlug } },
  options: {
    ...directoryOptions,
    uniqueGroupNames: {
      negated: true,
      description: 'allow several groups with the same name; cannot be changed later',
    },
    token: { negated: true, description: 'do not create a token' },
    ...adminOptions,
  },
  examples: [
    'scim directory create acme --idp okta --tenant org_42',
    'scim directory create acme --stack Rollcall --guard 10% --label plan=gold --label region=eu',
  ],
  async run({ arguments: { id }, options, streams }) {
    const settings = parseUsage(DirectorySettings, {
      id,
      name: options.name,
      tenant: options.tenant,
      identityProvider: options.idp,
      defaultGroup: options.defaultGroup,
      mode: options.mode,
      uniqueGroupNames: options.uniqueGroupNames,
      labels: Object.fromEntries(options.label ?? []),
      guard: toGuard(options) ?? undefined,
    });
    const client = await connect(options, streams);
    const directory = await client.createDirectory(settings);
    const token = options.token ? await createFirstToken(client, directory.id) : undefined;
    const { baseUrl, ...rest } = directory;
    printResult(options, streams, { json: { baseUrl, directory: rest, token }, text: toText(directory, token) });
  },
});
