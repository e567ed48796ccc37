/**
 * The response of a Lambda authorizer, and the evaluation of its policy.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
import * as z from 'zod';

const OneOrMany = z.union([z.string().transform((text) => [text]), z.array(z.string())]);
const Statement = z.object({ Effect: z.enum(['Allow', 'Deny']), Action: OneOrMany, Resource: OneOrMany });
export const AuthorizerAnswer = z.object({
  principalId: z.string(),
  policyDocument: z.object({ Statement: z.array(Statement) }),
  /** API Gateway accepts these three types and passes all of them on as strings. */
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
});
export type AuthorizerAnswer = z.infer<typeof AuthorizerAnswer>;

/** `*` matches any text, `?` one character; colons and slashes are not special. */
const matches = (pattern: string, text: string): boolean => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
};

/** Whether the policy allows the method. An explicit Deny wins; without a matching statement the method is denied. */
export function isAllowed({ policyDocument }: AuthorizerAnswer, methodArn: string): boolean {
  const effects = policyDocument.Statement.filter(
    ({ Action, Resource }) =>
      Action.some((action) => matches(action.toLowerCase(), 'execute-api:invoke')) &&
      Resource.some((resource) => matches(resource, methodArn)),
  ).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}
