import { ResponseType } from 'aws-cdk-lib/aws-apigateway';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { TOKEN_HEADER_EXPRESSION } from '../../lib/lambda/authorizer-expression.ts';
import { type GatewayResponseType, gatewayResponseBody, gatewayResponses } from '../../lib/lambda/gateway-responses.ts';
import { routes, STAGE } from '../../lib/lambda/routes.ts';
import { AUTHORIZER_CACHE_SECONDS, SECRET_CACHE_SECONDS } from '../../lib/lambda/times.ts';
import { standardTemplate } from './synthesis.ts';
import { render, resourcesOf } from './template.ts';

const template = standardTemplate();

/** The path of a resource, such as `/v2/Users`, from its chain of parents. */
const pathOf = (reference: unknown): string => {
  const { Ref: id } = reference as { Ref?: string };
  const resource = resourcesOf(template, 'AWS::ApiGateway::Resource').find(([key]) => key === id)?.[1].Properties;
  return resource === undefined ? '' : `${pathOf(resource.ParentId)}/${resource.PathPart}`;
};
const integratedFunction = (integration: unknown) => {
  const uri = render((integration as { Uri: unknown }).Uri);
  if (uri.includes('<EventAdministrationFunction.Arn>')) return 'events';
  return /<Functions(\w+)\.Arn>/.exec(uri)?.[1]?.toLowerCase();
};

test('the methods of the API match the route table', () => {
  const methods = resourcesOf(template, 'AWS::ApiGateway::Method').map(([, { Properties }]) => ({
    method: Properties.HttpMethod,
    path: pathOf(Properties.ResourceId) || '/',
    fn: integratedFunction(Properties.Integration),
    authorization: Properties.AuthorizationType,
    authorizer: Properties.AuthorizerId === undefined ? 'none' : render(Properties.AuthorizerId),
  }));
  const byPath = (a: { path: string }, b: { path: string }) => a.path.localeCompare(b.path);
  expect(methods.sort(byPath)).toEqual(
    routes
      .map(({ path, fn, authorization }) => ({
        method: 'ANY',
        path,
        fn,
        authorization: authorization === 'token' ? 'CUSTOM' : 'AWS_IAM',
        authorizer: authorization === 'token' ? '<ApiAuthorizer>' : 'none',
      }))
      .sort(byPath),
  );
});

test('functions receive bodies byte for byte, whatever their type', () => {
  template.hasResourceProperties('AWS::ApiGateway::RestApi', { BinaryMediaTypes: ['*/*'] });
});

test('the API is regional, and its stage has the name in the base URL', () => {
  template.hasResourceProperties('AWS::ApiGateway::RestApi', { EndpointConfiguration: { Types: ['REGIONAL'] } });
  template.hasResourceProperties('AWS::ApiGateway::Stage', { StageName: STAGE });
});

describe('the authorizer', () => {
  test('is called for headers that may hold a token, and its result is cached for AUTHORIZER_CACHE_SECONDS', () => {
    template.resourceCountIs('AWS::ApiGateway::Authorizer', 1);
    template.hasResourceProperties('AWS::ApiGateway::Authorizer', {
      Type: 'TOKEN',
      IdentitySource: 'method.request.header.Authorization',
      IdentityValidationExpression: TOKEN_HEADER_EXPRESSION,
      AuthorizerResultTtlInSeconds: AUTHORIZER_CACHE_SECONDS,
    });
  });

  test('a revoked token works for less than a minute, with both caches added up', () => {
    expect(AUTHORIZER_CACHE_SECONDS + SECRET_CACHE_SECONDS).toBeLessThan(60);
  });

  const longest = `scim_${'a'.repeat(123)}`;
  test.each([
    ['Bearer scim_0_t7_abcDEF-_019', true],
    ['bearer   scim_0_t7', true],
    ['scim_0_t7', true],
    [`Bearer ${longest}`, true],
    [`Bearer ${longest}a`, false],
    ['Bearer', false],
    ['Bearer scim_', false],
    ['Bearer scim_0_t7 x', false],
    ['Bearer Bearer scim_0', false],
    ['Basic c2NpbV8w', false],
    ['Bearer sCim_0', false],
    ['', false],
  ])('lets the header %j through: %s', (header, passes) => {
    expect(new RegExp(TOKEN_HEADER_EXPRESSION).test(header)).toBe(passes);
  });
});

describe('answers of the gateway itself (RFC 7644 section 3.12)', () => {
  const declared = new Map(
    resourcesOf(template, 'AWS::ApiGateway::GatewayResponse').map(([, { Properties }]) => [
      String(Properties.ResponseType),
      Properties,
    ]),
  );

  test('every type that the CDK defines is declared', () => {
    const known = Object.values(ResponseType).filter((value) => value instanceof ResponseType);
    expect(known.length).toBeGreaterThan(20);
    expect([...declared.keys()].sort()).toEqual(known.map(({ responseType }) => responseType).sort());
  });

  test.each(Object.keys(gatewayResponses) as GatewayResponseType[])('%s is a SCIM error', (type) => {
    const { status, detail } = gatewayResponses[type];
    const { StatusCode, ResponseParameters, ResponseTemplates } = declared.get(type) ?? {};
    // A status on a default would apply to all types without a status of their own.
    expect(StatusCode).toBe(type.startsWith('DEFAULT_') ? undefined : String(status));
    expect(ResponseParameters).toMatchObject({
      'gatewayresponse.header.Content-Type': "'application/scim+json'",
    });
    const { 'application/json': body = '', ...others } = z.record(z.string(), z.string()).parse(ResponseTemplates);
    expect(others).toEqual({});
    expect(body).toBe(gatewayResponseBody(gatewayResponses[type]));
    // `$` would start a template variable.
    expect(body).not.toContain('$');
    expect(JSON.parse(body)).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      detail,
    });
  });

  test.each([
    ['UNAUTHORIZED', '401', { 'WWW-Authenticate': "'Bearer'" }],
    ['MISSING_AUTHENTICATION_TOKEN', '404', {}],
    ['REQUEST_TOO_LARGE', '413', {}],
    ['THROTTLED', '429', { 'Retry-After': "'1'" }],
    ['QUOTA_EXCEEDED', '429', { 'Retry-After': "'1'" }],
    ['AUTHORIZER_FAILURE', '503', { 'Retry-After': "'1'" }],
    ['AUTHORIZER_CONFIGURATION_ERROR', '503', { 'Retry-After': "'5'" }],
    ['INTEGRATION_FAILURE', '503', { 'Retry-After': "'5'" }],
    ['INTEGRATION_TIMEOUT', '503', { 'Retry-After': "'5'" }],
  ])('%s answers %s with its headers', (type, status, headers) => {
    expect(declared.get(type)).toMatchObject({ StatusCode: status });
    expect(declared.get(type)?.ResponseParameters).toEqual({
      'gatewayresponse.header.Content-Type': "'application/scim+json'",
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [`gatewayresponse.header.${name}`, value])),
    });
  });
});

describe('logs of the API', () => {
  const [stage] = resourcesOf(template, 'AWS::ApiGateway::Stage').map(([, resource]) => resource);
  const { Format } = z.object({ Format: z.string() }).parse(stage?.Properties.AccessLogSetting);

  test('the access log is JSON with the route, but without the path, query, headers and caller', () => {
    const values = Object.values(z.record(z.string(), z.string()).parse(JSON.parse(Format)));
    expect(values).toContain('$context.resourcePath');
    const secret =
      /\$context\.(path|requestOverride|domainName|identity\.(?!sourceIp)|authorizer\.(?!directory|tokenId))/;
    expect(values.filter((value) => !value.startsWith('$context.') || secret.test(value))).toEqual([]);
  });

  test('the execution log has errors without data, and the stage throttles', () => {
    expect(stage?.Properties.MethodSettings).toEqual([
      {
        HttpMethod: '*',
        ResourcePath: '/*',
        LoggingLevel: 'ERROR',
        DataTraceEnabled: false,
        ThrottlingRateLimit: 500,
        ThrottlingBurstLimit: 1000,
      },
    ]);
  });

  test('the execution log group exists before API Gateway would create one without an expiry', () => {
    const group = resourcesOf(template, 'AWS::Logs::LogGroup').find(([id]) => id.startsWith('ApiExecutionLogs'));
    expect(render(group?.[1].Properties.LogGroupName)).toBe(`API-Gateway-Execution-Logs_<Api>/${STAGE}`);
    expect(stage?.DependsOn).toContain(group?.[0]);
  });
});
