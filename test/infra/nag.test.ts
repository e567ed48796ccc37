/** Runs cdk-nag's AwsSolutions pack as `cdk synth` does. */
import { readFileSync } from 'node:fs';
import { Stage, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { createStack } from './template.ts';

const Report = z.object({
  pluginReports: z.tuple([
    z.object({
      pluginName: z.literal('AwsSolutions'),
      conclusion: z.string(),
      violations: z.array(z.object({ ruleName: z.string() })),
      suppressedViolations: z.array(
        z.object({ acknowledgedId: z.string(), acknowledgedAt: z.string(), reason: z.string() }),
      ),
    }),
  ]),
});

/** Runs the checks on a stack. Synthesis fails if they find a violation. */
const check = (stack: IConstruct) => {
  const app = Stage.of(stack);
  if (app === undefined) throw new Error('the stack has no app');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const synthesis = (() => {
    try {
      app.synth();
      return 'passed';
    } catch {
      return 'failed';
    }
  })();
  const [report] = Report.parse(JSON.parse(readFileSync(`${app.outdir}/validation-report.json`, 'utf8'))).pluginReports;
  return { synthesis, ...report };
};

const acknowledgements = (stack: IConstruct) =>
  stack.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(z.record(z.string(), z.string()).parse(data)))
      .map(([id, reason]) => ({ acknowledgedId: id, acknowledgedAt: node.path, reason })),
  );
const byId = (a: { acknowledgedId: string }, b: { acknowledgedId: string }) =>
  a.acknowledgedId.localeCompare(b.acknowledgedId);

test.each([
  ['the default stack', {}],
  [
    'the stack with a webhook',
    { webhookUrl: 'https://app.example/', alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:a' },
  ],
  ['the stack with a web ACL', { webAcl: { requestsPerFiveMinutes: 7500 } }],
])('%s has no findings beyond those acknowledged, and no acknowledgement without a finding', (_, props) => {
  const stack = createStack(props);
  const { synthesis, conclusion, violations, suppressedViolations } = check(stack);
  expect(violations).toEqual([]);
  expect({ synthesis, conclusion }).toEqual({ synthesis: 'passed', conclusion: 'success' });
  const acknowledged = acknowledgements(stack);
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(suppressedViolations.sort(byId)).toEqual(acknowledged.sort(byId));
  for (const { acknowledgedId, reason } of acknowledged) expect(reason.length, acknowledgedId).toBeGreaterThan(30);
});

test('a planted violation is found', () => {
  const stack = createStack();
  new Bucket(stack, 'Planted');
  const { synthesis, violations } = check(stack);
  expect(synthesis).toBe('failed');
  expect(violations.map(({ ruleName }) => ruleName)).toEqual(['AwsSolutions-S1', 'AwsSolutions-S10']);
});

test('an acknowledgement without a finding is detected', () => {
  const stack = createStack();
  Validations.of(stack).acknowledge({
    id: 'AwsSolutions::AwsSolutions-SQS3',
    reason: 'there is no queue here',
  });
  const { suppressedViolations } = check(stack);
  expect(suppressedViolations.sort(byId)).not.toEqual(acknowledgements(stack).sort(byId));
});
