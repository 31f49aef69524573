/** An error as the service itself would send it, in the wire format of its protocol. */

import type { Answer } from "./answer.ts";
import { escapeXml } from "./xml_text.ts";
import type { Protocol } from "./request.ts";

export interface AwsError {
  readonly code: string;
  readonly message?: string;
  /** HTTP status; by default the one that AWS sends with this code. */
  readonly status?: number;
}

/** Statuses that are not 400 ("Common errors" in the references of the services). */
const statusOf: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  AuthFailure: 401,
  ExpiredToken: 403,
  InternalError: 500,
  InternalFailure: 500,
  InvalidAccessKeyId: 403,
  InvalidClientTokenId: 403,
  LimitExceeded: 409,
  MissingAuthenticationToken: 403,
  NoSuchEntity: 404,
  NotImplementedByLocalAws: 501,
  RequestExpired: 400,
  RequestLimitExceeded: 503,
  ServiceFailure: 500,
  ServiceUnavailable: 503,
  SlowDown: 503,
  Unavailable: 503,
  UnauthorizedOperation: 403,
};

/** Builds the error answer. Format: "Making API requests" in EC2's, IAM's and the JSON protocols' references. */
export function protocolError(protocol: Protocol, error: AwsError, requestId: string): Answer {
  const { code, message = code } = error;
  const status = error.status ?? statusOf[code] ?? 400;
  const detail = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
  const xml = (body: string): Answer => ({
    status,
    headers: { "content-type": "text/xml;charset=UTF-8", "x-amzn-requestid": requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  });
  switch (protocol) {
    case "ec2":
      return xml(
        `<Response><Errors><Error>${detail}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
      );
    case "rest-xml":
      return xml(`<Error>${detail}<RequestId>${requestId}</RequestId></Error>`);
    case "query": {
      const type = status >= 500 ? "Receiver" : "Sender";
      return xml(
        `<ErrorResponse><Error><Type>${type}</Type>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      );
    }
    // No client here speaks CBOR alone: the SDK reads the type from the header.
    case "cbor":
    case "json":
    case "rest-json":
      return {
        status,
        headers: {
          "content-type": "application/x-amz-json-1.0",
          "x-amzn-errortype": code,
          "x-amzn-requestid": requestId,
        },
        body: JSON.stringify({ __type: code, message }),
      };
  }
}

/**
 * The refusal of an access key that AWS does not know: EC2 says AuthFailure, the query services
 * InvalidClientTokenId, the JSON ones UnrecognizedClientException, S3 InvalidAccessKeyId.
 */
export function unknownKey(protocol: Protocol): AwsError {
  switch (protocol) {
    case "ec2":
      return {
        code: "AuthFailure",
        message: "AWS was not able to validate the provided access credentials",
      };
    case "rest-xml":
      return {
        code: "InvalidAccessKeyId",
        message: "The AWS Access Key Id you provided does not exist in our records.",
      };
    case "query":
      return {
        code: "InvalidClientTokenId",
        message: "The security token included in the request is invalid.",
      };
    case "cbor":
    case "json":
    case "rest-json":
      return {
        code: "UnrecognizedClientException",
        message: "The security token included in the request is invalid.",
      };
  }
}
