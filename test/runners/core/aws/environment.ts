import { withVariables } from "../../../entry/own_environment.ts";

/** What the SDK reads of the environment; tests start from none of it. */
const READ_BY_SDK = /^(AWS_|HOME$|_X_AMZN_)/;

/**
 * Does `work` with these variables in `process.env`, with no other that the SDK reads, and in a
 * home of its own. Nobody outside `work` sees them. The instance's metadata service is never asked.
 */
export async function withEnvironment(
  variables: { readonly [name: string]: string },
  work: (home: string) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir();
  const others = Object.entries(Deno.env.toObject()).filter(([name]) => !READ_BY_SDK.test(name));
  const own = {
    ...Object.fromEntries(others),
    HOME: home,
    AWS_CONFIG_FILE: `${home}/config`,
    AWS_SHARED_CREDENTIALS_FILE: `${home}/credentials`,
    AWS_EC2_METADATA_DISABLED: "true",
    ...variables,
  };
  try {
    await withVariables(own, () => work(home));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
