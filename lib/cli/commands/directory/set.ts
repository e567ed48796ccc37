import { CliError } from '../../cli-error.ts';
import { defineCommand, type OptionsOf } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { directoryOptions, toGuard } from '../../directory-options.ts';
import { directoryArgument } from '../../shared-arguments.ts';
import { toTextList } from '../../text-table.ts';

const options = {
  ...directoryOptions,
  removeLabel: {
    value: 'key',
    description: 'remove a label; may be repeated',
    parse: (text: string, previous: readonly string[] = []): readonly string[] => [...previous, text],
  },
  ...adminOptions,
} as const;

/** An empty string resets a setting. */
const orNull = (text: string | undefined) => (text === '' ? null : text);

/** @returns the merge patch, with only the settings that were passed */
const toPatch = (given: OptionsOf<typeof options>): Readonly<Record<string, unknown>> => {
  const labels = new Map<string, string | null>([
    ...(given.label ?? []),
    ...(given.removeLabel ?? []).map((key) => [key, null] as const),
  ]);
  const patch = {
    name: orNull(given.name),
    tenant: orNull(given.tenant),
    identityProvider: orNull(given.idp),
    defaultGroup: orNull(given.defaultGroup),
    mode: given.mode,
    labels: labels.size === 0 ? undefined : Object.fromEntries(labels),
    guard: toGuard(given),
  };
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
};

export const setDirectory = defineCommand({
  path: ['directory', 'set'],
  summary: 'change the settings of a directory',
  description:
    'Change settings of a directory. Settings that are not passed stay as they are; an empty string resets one.',
  arguments: { id: directoryArgument },
  options,
  examples: [
    'scim directory set acme --name "Acme Inc." --idp entra',
    'scim directory set acme --guard 50 --guard-minutes 30',
    'scim directory set acme --guard off --remove-label plan',
  ],
  async run({ arguments: { id }, options: given, streams }) {
    const patch = toPatch(given);
    if (Object.keys(patch).length === 0)
      throw new CliError('Nothing to change. Pass at least one option, for example --name "Acme Inc."', 2);
    const changed = await (await connect(given, streams)).changeDirectory(id, patch);
    printResult(given, streams, { json: changed, text: toTextList(changed) });
  },
});
