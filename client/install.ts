import denoConfig from "./deno.json" with { type: "json" };
import script from "./install.sh" with { type: "text" };

/** A permission set of deno.json. */
export type PermissionSet = typeof denoConfig.permissions.client & { readonly write?: string[] };

/**
 * The arguments of `deno` for a program of the client: its permission set in full, and nothing that
 * a configuration, a cache or a registry could change.
 */
export function denoArguments({ env, ...lists }: PermissionSet): string[] {
  const allowed = Object.entries({ env: env.allow, ...lists }).filter(([, list]) =>
    list.length > 0
  );
  return [
    ..."run -q --no-prompt --no-config --no-lock --no-remote --no-npm --ignore-env".split(" "),
    ...allowed.map(([name, list]) => `--allow-${name}=${list.join(",")}`),
  ];
}

/** A shell script to read, and to run as root. @param compiled for executables, not for bundles */
export function installScript(compiled: boolean): string {
  const { login, client } = denoConfig.permissions;
  const command = (name: "login" | "client", set: PermissionSet) => {
    const program = `/usr/lib/groundskeeper/groundskeeper-${name}`;
    return compiled ? program : `/usr/local/bin/deno ${denoArguments(set).join(" ")} ${program}.js`;
  };
  // What PAM calls needs no network.
  const report = `${command("login", { ...login, net: [] })} report`;
  const pam = `session optional pam_exec.so seteuid quiet type=open_session ${report}`;
  return script.replaceAll("@LOGIN@", command("login", login))
    .replaceAll("@CLIENT@", command("client", client)).replaceAll("@PAM@", pam);
}
