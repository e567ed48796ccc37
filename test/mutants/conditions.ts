/** Mutants of conditions: of `if`, of `?:`, and of DynamoDB's condition expressions. */
import ts from 'typescript';
import type { Mutant } from './mutant.ts';
import { shown, toMutant, visit } from './syntax.ts';

/** The texts of a condition expression, and their opposites. */
const OPPOSITES: readonly (readonly [pattern: RegExp, opposite: string])[] = [
  [/attribute_exists/g, 'attribute_not_exists'],
  [/attribute_not_exists/g, 'attribute_exists'],
  [/NOT contains/g, 'contains'],
  [/(?<!NOT )contains/g, 'NOT contains'],
  [/(?<=#\w+) = /g, ' <> '],
  [/(?<=#\w+) > /g, ' <= '],
  [/(?<=#\w+) < /g, ' >= '],
  [/(?<=#\w+) >= /g, ' < '],
  [/ AND /g, ' OR '],
  [/ OR /g, ' AND '],
];
const IS_EXPRESSION = /attribute_(not_)?exists\(|(AND|OR|NOT) |#\w+ (=|<|>|>=) [:#]/;

const isText = (node: ts.Node): boolean =>
  ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);

const ofText = (source: ts.SourceFile, file: string, node: ts.Node): Mutant[] => {
  const text = node.getText();
  if (!text.includes('#') || !IS_EXPRESSION.test(text)) return [];
  return OPPOSITES.flatMap(([pattern, replacement]) =>
    Array.from(text.matchAll(pattern), (found) => {
      const start = node.getStart() + found.index;
      const change = `${shown(text)}: ${found[0].trim()} -> ${replacement.trim()}`;
      return toMutant(source, file, { kind: 'condition', start, end: start + found[0].length, replacement, change });
    }),
  );
};

const testOf = (node: ts.Node): ts.Expression | undefined => {
  if (ts.isIfStatement(node)) return node.expression;
  return ts.isConditionalExpression(node) ? node.condition : undefined;
};

export const findConditions = (source: ts.SourceFile, file: string): Mutant[] => {
  const found: Mutant[] = [];
  visit(source, (node) => {
    const test = testOf(node);
    if (isText(node)) found.push(...ofText(source, file, node));
    if (test === undefined) return;
    const edit = { start: test.getStart(), end: test.end, replacement: `!(${test.getText()})` };
    found.push(toMutant(source, file, { kind: 'condition', change: `negated: ${shown(test.getText())}`, ...edit }));
  });
  return found;
};
