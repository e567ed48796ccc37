/** Options for the settings of a directory, shared by `create` and `set`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { Guard } from '../admin/directory-messages.ts';
import { CliError } from './cli-error.ts';

export const DirectoryOptions = z.object({
  name: z.string().optional(),
  tenant: z.string().optional(),
  idp: z.string().optional(),
  mode: z.string().optional(),
  defaultGroup: z.string().optional(),
  label: z.map(z.string(), z.string()).optional(),
  guard: z.string().optional(),
  guardMinutes: z.string().optional(),
});
export type DirectoryOptions = z.infer<typeof DirectoryOptions>;

const addLabel = (text: string, previous: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected key=value.');
  return new Map(previous).set(text.slice(0, at), text.slice(at + 1));
};

export const withDirectoryOptions = (command: Command): Command =>
  command
    .option('--name <text>', 'display name')
    .option('--tenant <text>', 'your own identifier of the customer, included in events')
    .option('--idp <name>', 'identity provider, for example okta or entra')
    .addOption(
      new Option('--mode <mode>', 'tolerant: accept known client deviations; rfc: refuse them').choices([
        'tolerant',
        'rfc',
      ]),
    )
    .option('--default-group <name>', 'group that every new user joins; created if it does not exist')
    .option('--label <key=value>', 'custom label; may be repeated', addLabel)
    .option('--guard <users>', 'pause writes when more users than this lose access within the window: 50, 10% or off')
    .option('--guard-minutes <minutes>', 'length of the guard window in minutes (default: 60)');

const INVALID_GUARD =
  'Invalid --guard or --guard-minutes. Expected 1 to 1000000 users, a percentage up to 100% or off, and 1 to 10080 minutes.';

/** Parses `50`, `2.5%` or `off`. @returns null for off, undefined without the option. @throws CliError (bad usage) */
export const toGuard = ({ guard, guardMinutes }: DirectoryOptions): Guard | null | undefined => {
  if (guard === undefined) {
    if (guardMinutes !== undefined) throw new CliError('--guard-minutes requires --guard.', 2);
    return undefined;
  }
  if (guard === 'off') return null;
  const minutes = guardMinutes === undefined ? {} : { minutes: Number(guardMinutes) };
  const limit = guard.endsWith('%') ? { percent: Number(guard.slice(0, -1)) } : { deactivations: Number(guard) };
  const parsed = z.safeParse(Guard, { ...limit, ...minutes });
  if (!parsed.success) throw new CliError(INVALID_GUARD, 2);
  return parsed.data;
};
