/** The options that say what a directory is: the same for making one and for changing one. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { Guard } from '../admin/directory-messages.ts';
import { parseUsage } from './command-context.ts';

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

const addLabel = (text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('A label is written key=value.');
  return new Map(before).set(text.slice(0, at), text.slice(at + 1));
};

export const withDirectoryOptions = (command: Command): Command =>
  command
    .option('--name <text>', 'a name for people')
    .option('--tenant <text>', 'your own label for the customer, told to subscribers')
    .option('--idp <name>', 'the identity provider, for example okta or entra')
    .addOption(new Option('--mode <mode>', 'rfc refuses what only some clients need').choices(['tolerant', 'rfc']))
    .option('--default-group <name>', 'a group that every new user joins; made when it is not there')
    .option('--label <key=value>', 'a label of your own; may be repeated', addLabel)
    .option('--guard <users>', 'pause when more lose their access within the window: 50, or 10% of the users; off')
    .option('--guard-minutes <minutes>', 'the window of the guard (default: 60)');

/** `50`, `2.5%` or `off`. @returns null for off, undefined when nothing was said. @throws CliError (bad usage) */
export const toGuard = ({ guard, guardMinutes }: DirectoryOptions): Guard | null | undefined => {
  if (guard === undefined) {
    if (guardMinutes !== undefined)
      parseUsage(z.never('says nothing without --guard'), guardMinutes, '--guard-minutes');
    return undefined;
  }
  if (guard === 'off') return null;
  const minutes = guardMinutes === undefined ? {} : { minutes: Number(guardMinutes) };
  const limit = guard.endsWith('%') ? { percent: Number(guard.slice(0, -1)) } : { deactivations: Number(guard) };
  return parseUsage(Guard, { ...limit, ...minutes }, '--guard');
};
