import { always } from "../../aws/faults.ts";
import { connectLocalAws, type LocalAws } from "../../aws/local_aws.ts";
import type { StoreHarness } from "../../conformance/store_conformance.ts";
import { newTable, openAt, openReadOnlyAt, type TestTable } from "./dynamodb_table.ts";

/** The proxies before the server, by the endpoint of the tables behind them. */
const proxies = new Map<string, LocalAws["proxy"]>();

/** Stores in tables of MiniStack, for the conformance suite. */
export const dynamodbHarness = {
  async open(time) {
    const aws = await connectLocalAws({ services: { ministack: true } });
    const at = newTable(aws.endpoint);
    proxies.set(at.endpoint, aws.proxy);
    const store = await openAt(at, { time });
    return {
      store,
      place: JSON.stringify(at),
      reopen: () => openAt(at, { time }),
      readOnly: () => openReadOnlyAt(at, { time }),
      async dispose() {
        store.close();
        proxies.delete(at.endpoint);
        await aws[Symbol.asyncDispose]();
      },
    };
  },
  contender: new URL("dynamodb_table.ts", import.meta.url),
  failAt({ place }, { id }) {
    const { endpoint } = JSON.parse(place) as TestTable;
    const where = ({ parameters }: { parameters: Readonly<Record<string, string>> }) =>
      parameters["RequestItems"]?.includes(`"${id}"`) ?? false;
    const repair = proxies.get(endpoint)!.onCall(
      always({ action: "dynamodb:BatchWriteItem", where }, {
        kind: "error",
        code: "ValidationException",
      }),
    );
    return Promise.resolve(() => Promise.resolve(repair()));
  },
} satisfies StoreHarness;
