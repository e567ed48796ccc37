/** Completion scripts for shells, printed from the data of the commands: they need no process at each key. */
import { type CommandData, toFlag } from './command.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

type Word = { readonly word: string; readonly about: string };
/** What may follow: the words at a place of the tree, the flags of a command, the values of a flag. */
type Tree = {
  /** Words after `''`, `directory`, ... */
  readonly words: ReadonlyMap<string, readonly Word[]>;
  readonly commands: readonly CommandData[];
};

const first = (text: string): string =>
  text
    .split(/[.:;(]/, 1)
    .join('')
    .trim();
const pathOf = ({ path }: CommandData) => path.join(' ');

const flagsOf = ({ options }: CommandData): readonly Word[] => [
  ...Object.entries(options).map(([name, option]) => ({
    word: toFlag(name, option),
    about: first(option.description),
  })),
  { word: '--help', about: 'display help for command' },
];
const choicesOf = ({ options }: CommandData) =>
  Object.entries(options).flatMap(([name, option]) =>
    option.choices === undefined ? [] : [{ flag: toFlag(name, option), choices: option.choices }],
  );

const wordsOf = (commands: readonly CommandData[], nouns: ReadonlyMap<string, { readonly summary: string }>) => {
  const words = new Map<string, Word[]>([['', []]]);
  for (const [noun, { summary }] of nouns) {
    words.get('')?.push({ word: noun, about: summary });
    words.set(
      noun,
      commands.flatMap(({ path: [its, verb = ''], summary: about }) => (its === noun ? [{ word: verb, about }] : [])),
    );
  }
  for (const { path, summary } of commands)
    if (path.length === 1) words.get('')?.push({ word: path[0] ?? '', about: summary });
  words.get('')?.push({ word: 'help', about: 'display help for a command' });
  return words;
};

const list = (words: readonly Word[]) => words.map(({ word }) => word).join(' ');

/** The words of `case` that are the same for bash and zsh. */
const toCases = ({ words, commands }: Tree): string => {
  const line = (place: string, found: string) => `    '${place}') echo '${found}' ;;`;
  const lines = [...words].map(([place, after]) => line(place, list(after)));
  for (const command of commands) {
    for (const { flag, choices } of choicesOf(command))
      lines.push(line(`${pathOf(command)} ${flag}`, choices.join(' ')));
    lines.push(line(pathOf(command), list(flagsOf(command))));
  }
  return lines.join('\n');
};

const nounsOf = ({ words }: Tree) => [...words.keys()].filter((place) => place !== '');
/** Matches a place that has words after it: nothing, or a noun. */
const toPattern = (tree: Tree) => ['', ...nounsOf(tree)].map((place) => `'${place}'`).join('|');

/** `place` is the path of the command so far; a flag whose values are known is completed with them. */
const toBash = (tree: Tree): string => `# bash completion for scim: source <(scim completion bash)
_scim() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} place='' found='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && break
    case "$place" in
      ${toPattern(tree)}) place="\${place:+$place }$word" ;;
      *) break ;;
    esac
  done
  [[ $previous == --* ]] && found=$(_scim_words "$place $previous")
  [[ -n $found ]] || found=$(_scim_words "$place")
  COMPREPLY=($(compgen -W "$found" -- "$current"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$current"))
}
_scim_words() {
  case "$1" in
${toCases(tree)}
  esac
}
complete -F _scim scim
`;

const toZsh = (tree: Tree): string => `#compdef scim
# zsh completion for scim: source <(scim completion zsh)
_scim() {
  local previous=\${words[CURRENT-1]} place='' found='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ $word == -* ]] && break
    case "$place" in
      ${toPattern(tree)}) place="\${place:+$place }$word" ;;
      *) break ;;
    esac
  done
  [[ $previous == --* ]] && found=$(_scim_words "$place $previous")
  [[ -n $found ]] || found=$(_scim_words "$place")
  compadd -- \${(s: :)found} || _files
}
_scim_words() {
  case "$1" in
${toCases(tree)}
  esac
}
(( \${+functions[compdef]} )) && compdef _scim scim
`;

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const toFish = (tree: Tree): string => {
  const line = (place: string, rest: string) => `complete -c scim -n ${quoted(`__scim_at ${quoted(place)}`)} ${rest}`;
  const ofWords = [...tree.words].flatMap(([place, after]) =>
    after.map(({ word, about }) => line(place, `-f -a ${word} -d ${quoted(about)}`)),
  );
  const ofFlags = tree.commands.flatMap((command) =>
    flagsOf(command).map(({ word, about }) => {
      const choices = choicesOf(command).find(({ flag }) => flag === word)?.choices;
      const values = choices === undefined ? '' : ` -x -a ${quoted(choices.join(' '))}`;
      return line(pathOf(command), `-l ${word.slice(2)}${values} -d ${quoted(about)}`);
    }),
  );
  return `# fish completion for scim: scim completion fish | source
function __scim_at
  set -l place
  for word in (commandline -opc)[2..]
    string match -q -- '-*' $word; and break
    test (count $place) -eq 0; or contains -- "$place" ${nounsOf(tree).join(' ')}; or break
    set -a place $word
  end
  test "$place" = "$argv[1]"
end
${[...ofWords, ...ofFlags].join('\n')}
`;
};

const printers = { bash: toBash, zsh: toZsh, fish: toFish } as const;

/** @param nouns the words that have commands below them */
export const toCompletion = (
  shell: Shell,
  commands: readonly CommandData[],
  nouns: ReadonlyMap<string, { readonly summary: string }>,
): string => printers[shell]({ words: wordsOf(commands, nouns), commands });
