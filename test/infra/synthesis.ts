/** Synthesizes the stack once for all files of the project `infra`: a synthesis takes seconds. */
import { Template } from 'aws-cdk-lib/assertions';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { createStack, OPTIONAL } from './template.ts';

type Templates = { readonly standard: string; readonly optional: string };

declare module 'vitest' {
  interface ProvidedContext {
    templates: Templates;
  }
}

/** Vitest's global setup of the project. */
export const setup = (project: TestProject): void => {
  const synthesize = (props: Parameters<typeof createStack>[0]) =>
    JSON.stringify(Template.fromStack(createStack(props)).toJSON());
  project.provide('templates', { standard: synthesize({}), optional: synthesize(OPTIONAL) });
};

/** The template of the stack without props. */
export const standardTemplate = (): Template => Template.fromString(inject('templates').standard);

/** The template of the stack with a webhook and an alarm topic. */
export const optionalTemplate = (): Template => Template.fromString(inject('templates').optional);
