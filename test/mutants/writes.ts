/** Mutants that drop a write: an element of a list of writes, or a statement that writes. */
import ts from 'typescript';
import type { Mutant } from './mutant.ts';
import { declarationOf, shown, toMutant, visit, withoutElement } from './syntax.ts';

/** The functions of lib/store/table that write; all other writing functions call them. */
const WRITERS = new Set(['transact', 'updateItem', 'deleteAll']);

const isInStore = (node: ts.Node): boolean => node.getSourceFile().fileName.includes('lib/store/');

/** @returns the function that a declaration names */
const functionOf = (node: ts.Declaration | undefined): ts.Node | undefined => {
  if (node === undefined || !isInStore(node)) return undefined;
  if (!ts.isVariableDeclaration(node)) return ts.isFunctionDeclaration(node) ? node : undefined;
  return node.initializer && ts.isArrowFunction(node.initializer) ? node.initializer : undefined;
};

/** @returns whether a node contains a call, direct or through other functions of the store, that writes */
const createIsWriting = (checker: ts.TypeChecker) => {
  const known = new Map<ts.Node, boolean>();
  const isWriting = (node: ts.Node): boolean => {
    const before = known.get(node);
    if (before !== undefined) return before;
    known.set(node, false);
    let writes = false;
    visit(node, (inner) => {
      if (writes || !ts.isIdentifier(inner)) return;
      const called = functionOf(declarationOf(checker, inner));
      writes = WRITERS.has(inner.text) || (called !== undefined && isWriting(called));
    });
    known.set(node, writes);
    return writes;
  };
  return isWriting;
};

const writeType = (program: ts.Program): ts.Type => {
  const source = program.getSourceFile('lib/store/table/write.ts');
  const checker = program.getTypeChecker();
  const module = source && checker.getSymbolAtLocation(source);
  const write = module && checker.getExportsOfModule(module).find(({ name }) => name === 'Write');
  if (write === undefined) throw new Error('lib/store/table/write.ts has no type Write');
  return checker.getDeclaredTypeOfSymbol(write);
};

const createIsWrite = (program: ts.Program) => {
  const checker = program.getTypeChecker();
  const write = writeType(program);
  const isWriteType = (type: ts.Type) =>
    !(type.flags & (ts.TypeFlags.Never | ts.TypeFlags.Any)) && checker.isTypeAssignableTo(type, write);
  return (element: ts.Expression): boolean => {
    if (!ts.isSpreadElement(element)) return isWriteType(checker.getTypeAtLocation(element));
    const item = checker.getTypeAtLocation(element.expression).getNumberIndexType();
    return item !== undefined && isWriteType(item);
  };
};

/** A transaction without writes is an error, so the only write of a call is dropped with the call. */
const isOnlyWriteOfCall = (list: ts.ArrayLiteralExpression): boolean =>
  list.elements.length === 1 && ts.isCallExpression(list.parent);

/** The elements of a list, or the statement, that a mutant can drop. */
const droppedFrom = (
  node: ts.Node,
  is: { write: (one: ts.Expression) => boolean; writing: (one: ts.Node) => boolean },
) => {
  if (ts.isArrayLiteralExpression(node) && !isOnlyWriteOfCall(node))
    return node.elements.flatMap((element, index) =>
      is.write(element) ? [{ node: element, edit: withoutElement(node.elements, index) }] : [],
    );
  if (!ts.isExpressionStatement(node) || !is.writing(node)) return [];
  return [{ node, edit: { start: node.getStart(), end: node.end, replacement: ';' } }];
};

export const createFindWrites = (program: ts.Program) => {
  const is = { write: createIsWrite(program), writing: createIsWriting(program.getTypeChecker()) };
  return (source: ts.SourceFile, file: string): Mutant[] => {
    const found: Mutant[] = [];
    visit(source, (node) => {
      for (const { node: dropped, edit } of droppedFrom(node, is))
        found.push(toMutant(source, file, { kind: 'write', change: `dropped: ${shown(dropped.getText())}`, ...edit }));
    });
    return found;
  };
};
