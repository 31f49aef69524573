import { failureUnlessInterrupted } from "../core/aws/failure.ts";
import { told } from "../core/aws/paginate.ts";
import type { Session } from "../core/aws/session.ts";

/** EC2 API Reference, ConversionTask: the states of a task that has ended. */
const OVER = ["cancelled", "completed"];
const ACTION = "ec2:DescribeConversionTasks";

/** Which instances EC2 imports just now. */
export type Imports = {
  /** The ID of the task, by instance. */
  readonly tasks: ReadonlyMap<string, string>;
  /** Why they are not known; null where they are. */
  readonly unread: string | null;
};

/** Used where EC2 is not asked, since nothing could be stopped or terminated. */
export const IMPORTS_NOT_ASKED: Imports = { tasks: new Map(), unread: "it was not asked" };

/** Reads which instances ImportInstance is making: no tag says so. A volume's task names none. */
export async function readImports(session: Session, region: string): Promise<Imports> {
  const { EC2Client, DescribeConversionTasksCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  try {
    const asked = new DescribeConversionTasksCommand({});
    const { ConversionTasks } = await client.send(asked, session.reading);
    if (!ConversionTasks) return { ...IMPORTS_NOT_ASKED, unread: "EC2 answered without its list" };
    const tasks = ConversionTasks
      .filter(({ ImportInstance, State = "" }) => ImportInstance && !OVER.includes(State))
      .map(({ ImportInstance, ConversionTaskId = "" }) => {
        const id = told(ImportInstance!.InstanceId, ACTION, "a task", "InstanceId");
        return [id, ConversionTaskId] as const;
      });
    return { tasks: new Map(tasks), unread: null };
  } catch (error) {
    return { ...IMPORTS_NOT_ASKED, unread: failureUnlessInterrupted(error).detail };
  }
}
