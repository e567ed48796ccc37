/** Options for the settings of a directory, shared by `create` and `set`. */
import { InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { Guard } from '../admin/directory-messages.ts';
import { CliError } from './cli-error.ts';
import type { OptionsOf } from './command.ts';

const addLabel = (text: string, previous: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected key=value.');
  return new Map(previous).set(text.slice(0, at), text.slice(at + 1));
};

export const directoryOptions = {
  name: { value: 'text', description: 'display name' },
  tenant: { value: 'text', description: 'your own identifier of the customer, included in events' },
  idp: { value: 'name', description: 'identity provider, for example okta or entra' },
  mode: {
    value: 'mode',
    description: 'tolerant: accept known client deviations; rfc: refuse them',
    choices: ['tolerant', 'rfc'],
  },
  defaultGroup: {
    value: 'name',
    description: 'group that every new user joins; created if it does not exist',
  },
  label: { value: 'key=value', description: 'custom label; may be repeated', parse: addLabel },
  guard: {
    value: 'users',
    description: 'pause writes when more users than this lose access within the window: 50, 10% or off',
  },
  guardMinutes: { value: 'minutes', description: 'length of the guard window in minutes (default: 60)' },
} as const;

const INVALID_GUARD =
  'Invalid --guard or --guard-minutes. Expected 1 to 1000000 users, a percentage up to 100% or off, and 1 to 10080 minutes.';

type GuardOptions = Pick<OptionsOf<typeof directoryOptions>, 'guard' | 'guardMinutes'>;
/** Parses `50`, `2.5%` or `off`. @returns null for off, undefined without the option. @throws CliError (bad usage) */
export const toGuard = ({ guard, guardMinutes }: GuardOptions): Guard | null | undefined => {
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
