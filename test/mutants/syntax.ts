/** Reads TypeScript syntax for the search for mutants. */
import ts from 'typescript';
import type { Kind, Mutant } from './mutant.ts';

export const parseProject = (files: readonly string[]): ts.Program => {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile) as { config: { compilerOptions: object } };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
  return ts.createProgram([...files], options);
};

export const visit = (node: ts.Node, see: (node: ts.Node) => void): void => {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
};

const MAX_SHOWN = 70;
export const shown = (text: string): string => {
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  return flat.length > MAX_SHOWN ? `${flat.slice(0, MAX_SHOWN)}...` : flat;
};

export type Edit = { readonly start: number; readonly end: number; readonly replacement: string };

export const toMutant = (source: ts.SourceFile, file: string, of: { kind: Kind; change: string } & Edit): Mutant => ({
  file,
  line: source.getLineAndCharacterOfPosition(of.start).line + 1,
  ...of,
});

/** Removes one element of a list, with the comma that belongs to it. */
export const withoutElement = (elements: ts.NodeArray<ts.Node>, index: number): Edit => {
  const [element, next] = [elements[index], elements[index + 1]];
  if (element === undefined) throw new Error('no such element');
  const end = next?.getStart() ?? (elements.hasTrailingComma ? elements.end : element.end);
  return { start: element.getStart(), end, replacement: '' };
};

/** The declaration of a name, also if it is imported. */
export const declarationOf = (checker: ts.TypeChecker, name: ts.Node): ts.Declaration | undefined => {
  const found = ts.isShorthandPropertyAssignment(name.parent)
    ? checker.getShorthandAssignmentValueSymbol(name.parent)
    : checker.getSymbolAtLocation(name);
  const symbol = found !== undefined && found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found;
  return symbol?.valueDeclaration;
};
