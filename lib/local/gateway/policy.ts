/**
 * What a Lambda authorizer answers, and whether its policy lets a request through.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
import * as z from 'zod';

const OneOrMany = z.union([z.string().transform((text) => [text]), z.array(z.string())]);
const Statement = z.object({ Effect: z.enum(['Allow', 'Deny']), Action: OneOrMany, Resource: OneOrMany });
export const AuthorizerAnswer = z.object({
  principalId: z.string(),
  policyDocument: z.object({ Statement: z.array(Statement) }),
  /** API Gateway takes these three types and hands all on as strings. */
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
});
export type AuthorizerAnswer = z.infer<typeof AuthorizerAnswer>;

/** `*` stands for any text, `?` for one character; colons and slashes are nothing special. */
const matches = (pattern: string, text: string): boolean => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
};

/** An explicit Deny wins; what no statement names is denied. */
export function isAllowed({ policyDocument }: AuthorizerAnswer, methodArn: string): boolean {
  const effects = policyDocument.Statement.filter(
    ({ Action, Resource }) =>
      Action.some((action) => matches(action.toLowerCase(), 'execute-api:invoke')) &&
      Resource.some((resource) => matches(resource, methodArn)),
  ).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}
