/** Packages made on the spot, so that an installation can be tried without any network. */

import { runTool } from "./run_tool.ts";

/** Writes one wheel per argument `NAME==VERSION` into a folder and prints its hash. */
const MAKE_WHEEL = `
import hashlib, sys, zipfile
folder, name, version = sys.argv[1:]
info = f"{name}-{version}.dist-info"
path = f"{folder}/{name}-{version}-py3-none-any.whl"
with zipfile.ZipFile(path, "w") as wheel:
    wheel.writestr(f"{name}.py", f"version = {version!r}\\n")
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", "")
print(hashlib.sha256(open(path, "rb").read()).hexdigest())
`;

/** Makes a wheel (PEP 427) in a folder. @returns the line of a requirements file that pins it */
export async function makeWheel(folder: string, name: string, version: string): Promise<string> {
  const hash = await runTool("python3", ["-c", MAKE_WHEEL, folder, name, version], "make a wheel");
  return `${name}==${version} --hash=sha256:${hash}\n`;
}
