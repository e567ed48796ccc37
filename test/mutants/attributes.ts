/** Mutants that leave out an attribute of a stored item: a property of what is put, set or added, or a removed name. */
import ts from 'typescript';
import type { Mutant } from './mutant.ts';
import { declarationOf, shown, toMutant, visit, withoutElement } from './syntax.ts';

/** The properties of a Write and its Update that hold what is stored. */
const STORED = new Set(['put', 'set', 'add', 'deleteFromSet', 'remove']);

type List = ts.ObjectLiteralExpression | ts.ArrayLiteralExpression;

const returnedBy = (body: ts.ConciseBody): ts.Expression[] => {
  if (!ts.isBlock(body)) return [body];
  return body.statements.flatMap((one) => (ts.isReturnStatement(one) && one.expression ? [one.expression] : []));
};

/** The expressions that an expression takes its value from: its branches, what a name stands for, what a call returns. */
const sourcesOf = (checker: ts.TypeChecker, node: ts.Expression): readonly ts.Expression[] => {
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSpreadElement(node))
    return [node.expression];
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse];
  const name = ts.isCallExpression(node) ? node.expression : node;
  if (!ts.isIdentifier(name)) return [];
  const declared = declarationOf(checker, name);
  const initializer = declared && ts.isVariableDeclaration(declared) ? declared.initializer : undefined;
  if (initializer === undefined) return [];
  if (!ts.isCallExpression(node)) return [initializer];
  return ts.isArrowFunction(initializer) ? returnedBy(initializer.body) : [];
};

const listsOf = (checker: ts.TypeChecker, node: ts.Expression, seen: Set<ts.Node>): List[] => {
  if (seen.has(node)) return [];
  seen.add(node);
  if (ts.isArrayLiteralExpression(node)) return [node];
  if (!ts.isObjectLiteralExpression(node))
    return sourcesOf(checker, node).flatMap((source) => listsOf(checker, source, seen));
  const spread = node.properties.flatMap((one) => (ts.isSpreadAssignment(one) ? [one.expression] : []));
  return [node, ...spread.flatMap((one) => listsOf(checker, one, seen))];
};

const storedBy = (node: ts.Node): ts.Expression | undefined => {
  if (ts.isPropertyAssignment(node) && STORED.has(node.name.getText())) return node.initializer;
  return ts.isShorthandPropertyAssignment(node) && STORED.has(node.name.text) ? node.name : undefined;
};

const membersOf = (list: List): ts.NodeArray<ts.Node> =>
  ts.isObjectLiteralExpression(list) ? list.properties : list.elements;

/** Searches all sources at once, because one module stores what another one builds. */
export const findAttributes = (
  checker: ts.TypeChecker,
  sources: readonly (readonly [file: string, source: ts.SourceFile])[],
): Mutant[] => {
  const seen = new Set<ts.Node>();
  const lists: List[] = [];
  for (const [, source] of sources)
    visit(source, (node) => {
      const stored = storedBy(node);
      if (stored !== undefined) lists.push(...listsOf(checker, stored, seen));
    });
  return lists.flatMap((list) => {
    const found = sources.find(([, source]) => source === list.getSourceFile());
    if (found === undefined) return [];
    const [file, source] = found;
    return membersOf(list).map((member, index) => {
      const edit = withoutElement(membersOf(list), index);
      return toMutant(source, file, { kind: 'attribute', change: `left out: ${shown(member.getText())}`, ...edit });
    });
  });
};
