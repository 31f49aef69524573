/** This machine: `localhost`, 127.0.0.0/8 and ::1, as URLs write them. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Whether the environment puts a server on this machine in the place of a service of AWS ("Service-
 * specific endpoints", AWS SDKs and Tools Reference Guide). What is not certain counts as AWS.
 *
 * @param service as it stands in the variable: `DYNAMODB`
 */
export function isOnThisMachine(
  env: (name: string) => string | undefined,
  service: string,
): boolean {
  if (env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) return false;
  const endpoint = env(`AWS_ENDPOINT_URL_${service}`) || env("AWS_ENDPOINT_URL") || "";
  return URL.canParse(endpoint) && LOOPBACK.test(new URL(endpoint).hostname);
}
