type Environment = (name: string) => string | undefined;

/** This machine: `localhost`, 127.0.0.0/8 and ::1, as URLs write them. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * The address that the environment puts in the place of a service of AWS ("Service-specific endpoints",
 * AWS SDKs and Tools Reference Guide); null: that of AWS itself.
 *
 * @param service as it stands in the variable: `DYNAMODB`
 */
export function configuredEndpoint(env: Environment, service: string): URL | null {
  if (env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) return null;
  return URL.parse(env(`AWS_ENDPOINT_URL_${service}`) || env("AWS_ENDPOINT_URL") || "");
}

/** Whether it puts a server on this machine there. What is not certain counts as AWS. */
export function isOnThisMachine(env: Environment, service: string): boolean {
  return LOOPBACK.test(configuredEndpoint(env, service)?.hostname ?? "");
}
