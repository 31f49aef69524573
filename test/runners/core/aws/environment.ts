/** What the SDK reads of the environment; tests start from none of it. */
const READ_BY_SDK = /^(AWS_|HOME$|_X_AMZN_)/;

/**
 * Does `work` with these variables and no other that the SDK reads, in a home of its own, and puts
 * the environment back. The instance's metadata service is never asked.
 *
 * All test files that `deno test --parallel` runs share one environment, so one waits for the other.
 */
export async function withEnvironment(
  variables: { readonly [name: string]: string },
  work: (home: string) => Promise<void>,
): Promise<void> {
  using turn = await Deno.open(new URL(import.meta.url));
  await turn.lock(true);
  const before = Object.entries(Deno.env.toObject()).filter(([name]) => READ_BY_SDK.test(name));
  const home = await Deno.makeTempDir();
  for (const [name] of before) Deno.env.delete(name);
  const set = {
    HOME: home,
    AWS_CONFIG_FILE: `${home}/config`,
    AWS_SHARED_CREDENTIALS_FILE: `${home}/credentials`,
    AWS_EC2_METADATA_DISABLED: "true",
    ...variables,
  };
  for (const [name, value] of Object.entries(set)) Deno.env.set(name, value);
  try {
    await work(home);
  } finally {
    for (const name of Object.keys(set)) Deno.env.delete(name);
    for (const [name, value] of before) Deno.env.set(name, value);
    await Deno.remove(home, { recursive: true });
  }
}
