import assert from "assert";
import { isOnThisMachine } from "../../../runners/adapters/endpoint.ts";

const LOCAL = "http://127.0.0.1:4566";

/** Variables, and whether DynamoDB is on this machine with them. */
const CASES: readonly (readonly [{ readonly [name: string]: string }, boolean])[] = [
  [{}, false],
  [{ AWS_ENDPOINT_URL: "" }, false],
  [{ AWS_ENDPOINT_URL: "127.0.0.1" }, false],
  [{ AWS_ENDPOINT_URL: LOCAL }, true],
  [{ AWS_ENDPOINT_URL: "http://127.9.8.7" }, true],
  [{ AWS_ENDPOINT_URL: "https://localhost:8000/" }, true],
  [{ AWS_ENDPOINT_URL: "http://[::1]:8000" }, true],
  [{ AWS_ENDPOINT_URL: "http://127.0.0.1.example.com" }, false],
  [{ AWS_ENDPOINT_URL: "http://localhost.example.com" }, false],
  [{ AWS_ENDPOINT_URL: "http://10.0.0.1" }, false],
  [{ AWS_ENDPOINT_URL: "http://localhost@example.com" }, false],
  [{ AWS_ENDPOINT_URL_DYNAMODB: LOCAL }, true],
  [{ AWS_ENDPOINT_URL_S3: LOCAL }, false],
  [{ AWS_ENDPOINT_URL_DYNAMODB: "https://vpce-1.example.com", AWS_ENDPOINT_URL: LOCAL }, false],
  [{ AWS_ENDPOINT_URL_DYNAMODB: LOCAL, AWS_ENDPOINT_URL: "https://example.com" }, true],
  // The SDK asks AWS itself then.
  [{ AWS_ENDPOINT_URL: LOCAL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }, false],
];

for (const [variables, expected] of CASES) {
  const told = Object.entries(variables).map((one) => one.join("=")).join(" ") || "nothing set";
  Deno.test(`DynamoDB is ${expected ? "" : "not "}on this machine with ${told}`, () => {
    assert.equal(isOnThisMachine((name) => variables[name], "DYNAMODB"), expected);
  });
}
