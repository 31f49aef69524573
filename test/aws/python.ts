/** The Python that the servers run on. */

import { runTool } from "./run_tool.ts";

export interface Python {
  readonly command: string;
  /** Version, place and machine: what an environment made with it depends on. */
  readonly identity: string;
}

const probe = `
import platform, sys
modules = []
for name in ("venv", "ensurepip"):
    try:
        __import__(name)
    except ImportError:
        modules.append(name)
print(sys.version_info[0], sys.version_info[1], ",".join(modules) or "-")
print(sys.implementation.cache_tag, sys.base_prefix, platform.system(), platform.machine())
`;

/**
 * Checks that the command is a Python 3.10 or newer that can make virtual environments.
 * @throws Error that says what is missing and what to do
 */
export async function requirePython(command: string): Promise<Python> {
  let told: string;
  try {
    told = await runTool(command, ["-c", probe], "ask Python for its version");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      `Cannot install the local AWS: there is no ${command}. Install Python 3.10 or newer`,
      { cause: error },
    );
  }
  const [first = "", identity = ""] = told.split("\n");
  const [major, minor, missing = "-"] = first.split(" ");
  if (Number(major) !== 3 || Number(minor) < 10) {
    throw new Error(
      `Cannot install the local AWS: ${command} is Python ${major}.${minor}. ` +
        `Install Python 3.10 or newer`,
    );
  }
  if (missing !== "-") {
    throw new Error(
      `Cannot install the local AWS: ${command} lacks the modules ${missing}. ` +
        `On Debian and Ubuntu: apt-get install python3-venv`,
    );
  }
  return { command, identity };
}
