import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { gatewayResponseBody, webAclResponse } from '../../lib/lambda/gateway-responses.ts';
import { standardTemplate } from './synthesis.ts';
import { createStack, render, resourcesOf } from './template.ts';

const requestsPerFiveMinutes = 75_000;
const withAcl = Template.fromStack(createStack({ webAcl: { requestsPerFiveMinutes, directories: 10 } }));
const withoutAcl = standardTemplate();

test('is off by default', () => {
  withoutAcl.resourceCountIs('AWS::WAFv2::WebACL', 0);
  withoutAcl.resourceCountIs('AWS::WAFv2::WebACLAssociation', 0);
  withoutAcl.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
    ResponseType: 'WAF_FILTERED',
    StatusCode: '403',
  });
});

test('counts the requests of each address, and guards the stage of the API', () => {
  const [[, { Properties }] = ['', { Properties: {} }]] = resourcesOf(withAcl, 'AWS::WAFv2::WebACL');
  expect(Properties).toMatchObject({
    Scope: 'REGIONAL',
    DefaultAction: { Allow: {} },
    Rules: [
      {
        Action: { Block: {} },
        Statement: {
          RateBasedStatement: { AggregateKeyType: 'IP', Limit: requestsPerFiveMinutes, EvaluationWindowSec: 300 },
        },
        VisibilityConfig: { SampledRequestsEnabled: false },
      },
    ],
    VisibilityConfig: { SampledRequestsEnabled: false },
  });
  const [[, association] = ['', { Properties: {} }]] = resourcesOf(withAcl, 'AWS::WAFv2::WebACLAssociation');
  expect(render(association.Properties.ResourceArn)).toMatch(/\/restapis\/<Api>\/stages\/<ApiDeploymentStagescim>$/);
  expect(render(association.Properties.WebACLArn)).toBe('<ApiWebAcl.Arn>');
});

test('a blocked request is answered 429 with Retry-After and a SCIM error', () => {
  const blocked = resourcesOf(withAcl, 'AWS::ApiGateway::GatewayResponse').find(
    ([, { Properties }]) => Properties.ResponseType === 'WAF_FILTERED',
  );
  expect(blocked?.[1].Properties).toMatchObject({
    StatusCode: '429',
    ResponseParameters: {
      'gatewayresponse.header.Content-Type': "'application/scim+json'",
      'gatewayresponse.header.Retry-After': "'60'",
    },
    ResponseTemplates: { 'application/json': gatewayResponseBody(webAclResponse) },
  });
});

test('adds two resources and replaces none', () => {
  const typesOf = (template: Template) =>
    Object.fromEntries(
      Object.entries(template.toJSON().Resources as Record<string, { Type: string }>)
        // A changed API gets a new deployment, whose id holds a hash.
        .filter(([, { Type }]) => Type !== 'AWS::ApiGateway::Deployment')
        .map(([id, { Type }]) => [id, Type]),
    );
  const before = typesOf(withoutAcl);
  const after = typesOf(withAcl);
  expect(after).toMatchObject(before);
  expect(Object.keys(after).length - Object.keys(before).length).toBe(2);
});

describe('the limit', () => {
  const create = (webAcl: { requestsPerFiveMinutes: number; directories?: number }) => () => createStack({ webAcl });

  test.each([
    [{ requestsPerFiveMinutes: 7499 }, 'from 7500'],
    [{ requestsPerFiveMinutes: 7500, directories: 2 }, 'from 15000'],
    [{ requestsPerFiveMinutes: 7500.5 }, 'whole number'],
    [{ requestsPerFiveMinutes: Number.NaN }, 'not NaN'],
    [{ requestsPerFiveMinutes: 2_000_000_001 }, 'to 2000000000'],
    [{ requestsPerFiveMinutes: 7500, directories: 0 }, 'webAcl.directories'],
  ])('%j is refused', (webAcl, message) => {
    expect(create(webAcl)).toThrow(message);
  });

  test.each([{ requestsPerFiveMinutes: 7500 }, { requestsPerFiveMinutes: 15_000, directories: 2 }])(
    '%j is accepted',
    (webAcl) => {
      expect(create(webAcl)).not.toThrow();
    },
  );
});
