/**
 * An optional web ACL in front of the API: a limit of requests per address.
 *
 * Okta and Entra ID call for all their customers from a few addresses, and send up to 25 requests a second for one
 * directory. A limit below that stops provisioning, so it is refused.
 */
import type { Stage } from 'aws-cdk-lib/aws-apigateway';
import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

const WINDOW_MINUTES = 5;
const REQUESTS_PER_SECOND_AND_DIRECTORY = 25;
/** WAF's own maximum. */
const MOST_REQUESTS = 2_000_000_000;

export type WebAclLimits = {
  /** Requests of one address within five minutes. At least 7,500 (60 x 25 x 5) for each directory. */
  readonly requestsPerFiveMinutes: number;
  /** Directories of this deployment, which one identity provider may serve from one address. @default 1 */
  readonly directories?: number | undefined;
};

/** @throws RangeError for a limit that an identity provider could reach in ordinary work */
const checkLimits = ({ requestsPerFiveMinutes, directories = 1 }: WebAclLimits): void => {
  if (!Number.isInteger(directories) || directories < 1)
    throw new RangeError(`webAcl.directories must be a whole number of at least 1, not ${directories}`);
  const least = 60 * REQUESTS_PER_SECOND_AND_DIRECTORY * WINDOW_MINUTES * directories;
  if (
    !Number.isInteger(requestsPerFiveMinutes) ||
    requestsPerFiveMinutes < least ||
    requestsPerFiveMinutes > MOST_REQUESTS
  )
    throw new RangeError(
      `webAcl.requestsPerFiveMinutes must be a whole number from ${least} (60 x 25 x 5 for each directory) to ` +
        `${MOST_REQUESTS}, not ${requestsPerFiveMinutes}`,
    );
};

const metrics = (metricName: string) => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  // Samples keep headers, and so tokens.
  sampledRequestsEnabled: false,
});

export type WebAclProps = WebAclLimits & { readonly stage: Stage };

export class WebAcl extends Construct {
  /** @throws RangeError */
  constructor(scope: Construct, id: string, { stage, ...limits }: WebAclProps) {
    super(scope, id);
    checkLimits(limits);
    const acl = new CfnWebACL(this, 'Acl', {
      description: 'Limits the requests of one address to the SCIM API',
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: metrics('RollcallWebAcl'),
      rules: [
        {
          name: 'RequestsPerAddress',
          priority: 0,
          // Answered by the gateway response WAF_FILTERED: a custom response of WAF cannot set the media type.
          action: { block: {} },
          statement: {
            rateBasedStatement: {
              aggregateKeyType: 'IP',
              limit: limits.requestsPerFiveMinutes,
              evaluationWindowSec: WINDOW_MINUTES * 60,
            },
          },
          visibilityConfig: metrics('RollcallRequestsPerAddress'),
        },
      ],
    });
    new CfnWebACLAssociation(this, 'Association', { resourceArn: stage.stageArn, webAclArn: acl.attrArn });
  }
}
