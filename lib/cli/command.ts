/** The commands of `scim` as data, from which the program, its help, docs/cli.md and the completion scripts are made. */
import type { Streams } from './streams.ts';

export type ArgumentData = {
  readonly description: string;
  readonly optional?: true;
  /** @throws InvalidArgumentError */
  readonly parse?: (text: string) => unknown;
};
export type OptionData = {
  readonly description: string;
  /** The name of its value in the help; absent: a flag. */
  readonly value?: string;
  /** @param previous the value so far of an option that may be repeated. @throws InvalidArgumentError */
  readonly parse?: (text: string, previous?: never) => unknown;
  readonly choices?: readonly string[];
  readonly default?: string | number;
  readonly required?: true;
  /** Only for a flag: written `--no-<name>`, so that its value is true without it. */
  readonly negated?: true;
  /** Names of options that cannot be used with it. */
  readonly conflicts?: readonly string[];
};
type Arguments = Readonly<Record<string, ArgumentData>>;
type Options = Readonly<Record<string, OptionData>>;

type Parsed<Data> = Data extends { readonly parse: (text: string, previous?: never) => infer Value } ? Value : string;
type ArgumentValue<Data> = Data extends { readonly optional: true } ? Parsed<Data> | undefined : Parsed<Data>;
type OptionText<Data> = Data extends { readonly choices: readonly (infer Choice)[] } ? Choice : Parsed<Data>;
type OptionValue<Data> = Data extends { readonly value: string }
  ? Data extends { readonly required: true } | { readonly default: string | number }
    ? OptionText<Data>
    : OptionText<Data> | undefined
  : boolean;

/** The options of a command as parsed. */
export type OptionsOf<Of extends Options> = { readonly [Name in keyof Of]: OptionValue<Of[Name]> };
type Call<A extends Arguments, O extends Options> = {
  readonly arguments: { readonly [Name in keyof A]: ArgumentValue<A[Name]> };
  readonly options: OptionsOf<O>;
  readonly streams: Streams;
};
export type CommandData<A extends Arguments = Arguments, O extends Options = Options> = {
  /** For example `['directory', 'create']` or `['export']`. */
  readonly path: readonly string[];
  /** An imperative fragment for the list of commands. */
  readonly summary: string;
  readonly description: string;
  /** By name, in order. */
  readonly arguments: A;
  /** By name: `defaultGroup` is written `--default-group`. */
  readonly options: O;
  /** Text of the help between the options and the examples. */
  readonly notes?: string;
  readonly examples: readonly [string, ...string[]];
  run(call: Call<A, O>): Promise<void>;
};

/** Infers the types of the arguments and options that `run` receives. */
export const defineCommand = <const A extends Arguments, const O extends Options>(
  command: CommandData<A, O>,
): CommandData => command as unknown as CommandData;

const toKebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** @returns for example `--default-group` or `--no-token` */
export const toFlag = (name: string, { negated }: OptionData): string =>
  `--${negated === true ? 'no-' : ''}${toKebab(name)}`;
/** @returns for example `--default-group <name>` */
export const toFlags = (name: string, option: OptionData): string =>
  option.value === undefined ? toFlag(name, option) : `${toFlag(name, option)} <${option.value}>`;
/** @returns for example `<id>` or `[directory]` */
export const toArgumentName = (name: string, { optional }: ArgumentData): string =>
  optional === true ? `[${name}]` : `<${name}>`;
