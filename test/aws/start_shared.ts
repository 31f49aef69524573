/**
 * Starts the servers that this process's tests share, unless `GROUNDSKEEPER_LOCAL_AWS` names
 * some. For its effect only: `import "./start_shared.ts"` in a test file, so that it happens
 * before any test, which would be blamed for servers that it leaves behind.
 */

import { connectLocalAws } from "./local_aws.ts";

await (await connectLocalAws())[Symbol.asyncDispose]();
