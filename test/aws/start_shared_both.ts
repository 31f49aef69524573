/**
 * The same as `start_shared.ts`, for tests of what MiniStack answers: it starts both servers. For
 * its effect only: `import "./start_shared_both.ts"`.
 */

import { connectLocalAws } from "./local_aws.ts";

await (await connectLocalAws({ services: { ministack: true } }))[Symbol.asyncDispose]();
