/**
 * Evaluates the policies of one function's role in the synthesized template, as IAM does. Only the operators that the
 * template uses are known; any other throws.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { render, resourcesOf } from './template.ts';

const OneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const Statement = z.strictObject({
  Effect: z.enum(['Allow', 'Deny']),
  Action: OneOrMore,
  Resource: z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]).transform((all) => all.map(render)),
  Condition: z.record(z.string(), z.record(z.string(), OneOrMore)).default({}),
});
/** With its resources in readable form, as `render` prints them. */
export type Statement = z.infer<typeof Statement>;

/** @param functionId the function's logical id without its hash */
export const statementsOf = (template: Template, functionId: string): readonly Statement[] => {
  const [, fn] = resourcesOf(template, 'AWS::Lambda::Function').find(([id]) => id.startsWith(functionId)) ?? [];
  if (fn === undefined) throw new Error(`the template has no function ${functionId}`);
  const role = render(fn.Properties.Role).replace('.Arn>', '>');
  return resourcesOf(template, 'AWS::IAM::Policy')
    .filter(([, { Properties }]) => z.array(z.unknown()).parse(Properties.Roles).map(render).includes(role))
    .flatMap(
      ([, { Properties }]) => z.object({ Statement: z.array(z.unknown()) }).parse(Properties.PolicyDocument).Statement,
    )
    .map((statement) => Statement.parse(statement));
};

export type IamCall = {
  /** For example `dynamodb:UpdateItem`. */
  readonly action: string;
  /** In readable form, for example `<Directories.Arn>`. */
  readonly resource: string;
  /** Values by condition key. A key that the request does not have is absent. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
};

const quoted = (text: string): string => text.replace(/[\^$.*+?()[\]{}|]/g, '\\$&');
const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.split('*').map(quoted).join('.*')}$`).test(text);

type Test = (expected: readonly string[], actual: readonly string[] | undefined) => boolean;
const isOneOf: Test = (expected, actual) => actual?.length === 1 && actual.every((value) => expected.includes(value));
const operators: Readonly<Record<string, Test>> = {
  StringEquals: isOneOf,
  StringEqualsIfExists: (expected, actual) => actual === undefined || isOneOf(expected, actual),
  // True without any value: a statement that relies on it must name actions that always have the key.
  'ForAllValues:StringEquals': (expected, actual = []) => actual.every((value) => expected.includes(value)),
};

const holds = ({ Condition }: Statement, { context = {} }: IamCall): boolean =>
  Object.entries(Condition).every(([operator, keys]) => {
    const test = operators[operator];
    if (test === undefined) throw new Error(`the operator ${operator} is not known here`);
    return Object.entries(keys).every(([key, expected]) => test(expected, context[key]));
  });

const applies = (statement: Statement, call: IamCall): boolean =>
  statement.Action.some((action) => matches(action, call.action)) &&
  statement.Resource.some((resource) => matches(resource, call.resource)) &&
  holds(statement, call);

export const isAllowed = (statements: readonly Statement[], call: IamCall): boolean => {
  const applying = statements.filter((statement) => applies(statement, call));
  return applying.length > 0 && applying.every(({ Effect }) => Effect === 'Allow');
};
