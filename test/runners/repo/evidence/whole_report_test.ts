import assert from "assert";
import type {
  GetServiceLastAccessedDetailsResponse,
  ServiceLastAccessed,
} from "@aws-sdk/client-iam";
import fc from "fast-check";
import type { Session } from "../../../../runners/core/aws/session.ts";
import { collectEvidence } from "../../../../runners/repo/evidence/collect.ts";
import type { Evidence, Failure } from "../../../../runners/repo/observed.ts";
import { ManualClock } from "../../core/manual_clock.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";

const ARN = "arn:aws:iam::111111111111:role/app";
const AT = new Date("2026-11-20T11:59:00.000Z");

/** Faults of a page that has a successor. */
const FAULTS = [
  "no-marker",
  "repeated-marker",
  "refused",
  "lost-for-good",
  "no-list",
  "of-another-report",
  "in-progress",
  "failed",
] as const;

interface Report {
  readonly pages: readonly (readonly ServiceLastAccessed[])[];
  /** How many reads find it in progress. */
  readonly pending: number;
  readonly fault: { readonly kind: typeof FAULTS[number]; readonly page: number } | null;
}

const service = fc.record({
  ServiceNamespace: fc.string({
    unit: fc.constantFrom(..."abcdefghij"),
    minLength: 1,
    maxLength: 4,
  }),
  used: fc.option(fc.integer({ min: 0, max: 400 })),
}).map(({ ServiceNamespace, used }): ServiceLastAccessed => ({
  ServiceName: ServiceNamespace,
  ServiceNamespace,
  ...(used === null ? {} : { LastAuthenticated: new Date(AT.getTime() - used * 86_400_000) }),
}));

/** A complete report in any split, also with empty pages. */
const whole: fc.Arbitrary<Report> = fc.record({
  rows: fc.uniqueArray(service, { maxLength: 30, selector: (one) => one.ServiceNamespace }),
  cuts: fc.array(fc.nat(30), { maxLength: 6 }),
  pending: fc.nat(3),
}).map(({ rows, cuts, pending }) => {
  const borders = [0, ...cuts.map((cut) => Math.min(cut, rows.length)), rows.length]
    .sort((a, b) => a - b);
  const pages = borders.slice(1).map((border, index) => rows.slice(borders[index], border));
  return { pages, pending, fault: null };
});

/** One that has lost something: a page with its successors, or what shows that they belong to it. */
const broken: fc.Arbitrary<Report> = fc.tuple(
  whole.filter(({ pages }) => pages.length > 1),
  fc.constantFrom(...FAULTS),
  fc.nat(),
).map(([report, kind, at]) => ({
  ...report,
  fault: { kind, page: at % (report.pages.length - 1) },
}));

type Ask = (marker: string | undefined) => GetServiceLastAccessedDetailsResponse;

/** IAM's answers about a report. Its markers are the numbers of pages. */
function answering({ pages, pending, fault }: Report): Ask {
  let looks = 0;
  const common = { JobType: "SERVICE_LEVEL", JobCreationDate: AT } as const;
  const page = (index: number): GetServiceLastAccessedDetailsResponse => {
    const more = index < pages.length - 1;
    return {
      ...common,
      JobStatus: "COMPLETED",
      JobCompletionDate: AT,
      ServicesLastAccessed: [...pages[index]!],
      IsTruncated: more,
      ...(more ? { Marker: String(index + 1) } : {}),
    };
  };
  return (marker) => {
    const index = Number(marker ?? "0");
    if (index === 0 && looks++ < pending) {
      return {
        ...common,
        JobStatus: "IN_PROGRESS",
        ServicesLastAccessed: undefined,
        JobCompletionDate: undefined,
      };
    }
    const right = page(index);
    // The fault's page is the last one that comes as it should, or the first that does not.
    if (fault?.page === index && fault.kind === "no-marker") {
      const { Marker: _, ...rest } = right;
      return rest;
    }
    if (fault === null || index <= fault.page) return right;
    switch (fault.kind) {
      case "repeated-marker":
        return { ...right, IsTruncated: true, Marker: String(fault.page + 1) };
      case "refused":
        throw Object.assign(new Error("no"), { name: "AccessDenied" });
      case "lost-for-good":
        throw Object.assign(new Error("no"), { name: "NoSuchEntityException" });
      case "no-list":
        return { ...right, ServicesLastAccessed: undefined };
      case "of-another-report":
        return { ...right, JobCompletionDate: new Date(AT.getTime() - 86_400_000) };
      case "in-progress":
        return { ...right, JobStatus: "IN_PROGRESS" };
      case "failed":
        return { ...right, JobStatus: "FAILED" };
      default:
        return right;
    }
  };
}

type Collect = (report: Report) => Promise<Evidence | Failure>;

/** The collector, with a session that answers from the report. */
const collect: Collect = async (report) => {
  const clock = new ManualClock();
  clock.flowsUpToMs = 60_000;
  let ask = answering(report);
  const client = {
    send: async (command: { input: { JobId?: string; Marker?: string } }) => {
      await Promise.resolve();
      if (command.input.JobId !== undefined) return ask(command.input.Marker);
      ask = answering(report);
      return { JobId: "job" };
    },
  };
  const session = {
    account: "111111111111",
    partition: "aws",
    client: () => client,
    reading: { abortSignal: new AbortController().signal },
  } as unknown as Session;
  return await collectEvidence(session, ARN, { level: "service", clock });
};

interface Carelessness {
  readonly stopsAfter?: number;
  readonly waits?: boolean;
  readonly trusts?: "lost-pages" | "any-list" | "any-report" | "any-status" | "repeated-markers";
}

/** Collectors as others have been written, each careless in one way only. */
function careless({ stopsAfter = Infinity, waits = true, trusts }: Carelessness): Collect {
  return async (report) => {
    const ask = answering(report);
    const rows: ServiceLastAccessed[] = [];
    const failure: Failure = { reason: "careful", detail: "" };
    const seen = new Set<string>();
    let marker: string | undefined;
    await Promise.resolve();
    for (let pages = 0; pages < stopsAfter; pages++) {
      let page: GetServiceLastAccessedDetailsResponse;
      try {
        page = ask(marker);
        while (waits && marker === undefined && page.JobStatus === "IN_PROGRESS") {
          page = ask(marker);
        }
      } catch {
        if (trusts === "lost-pages") break;
        return failure;
      }
      const isOther = page.JobCompletionDate?.getTime() !== AT.getTime();
      if (waits && trusts !== "any-status" && page.JobStatus !== "COMPLETED") return failure;
      if (waits && trusts !== "any-report" && isOther) return failure;
      if (waits && trusts !== "any-list" && !page.ServicesLastAccessed) return failure;
      rows.push(...page.ServicesLastAccessed ?? []);
      if (!page.IsTruncated) break;
      if (page.Marker === undefined) {
        if (trusts === "lost-pages") break;
        return failure;
      }
      if (seen.has(page.Marker)) {
        if (trusts === "repeated-markers") break;
        return failure;
      }
      seen.add(marker = page.Marker);
    }
    return evidenceOf(rows);
  };
}

function evidenceOf(rows: readonly ServiceLastAccessed[]): Evidence {
  const services = Object.fromEntries(
    rows.map((row) => [row.ServiceNamespace!, {
      lastUsed: row.LastAuthenticated?.toISOString() ?? null,
      region: null,
      actions: null,
    }]),
  );
  return { source: "iam", level: "service", completedAt: AT.toISOString(), services };
}

propertyTest(
  "a report in any split is the whole report",
  collect,
  async (subject) => {
    await fc.assert(
      fc.asyncProperty(whole, async (report) => {
        assert.deepEqual(await subject(report), evidenceOf(report.pages.flat()));
      }),
      FIXED,
    );
  },
  {
    "reads the first page alone": careless({ stopsAfter: 1 }),
    "does not wait for the report": careless({ waits: false }),
  },
);

propertyTest(
  "a report that lost anything is no evidence",
  collect,
  async (subject) => {
    await fc.assert(
      fc.asyncProperty(broken, async (report) => {
        const got = await subject(report);
        assert.ok("reason" in got, `services ${"services" in got && Object.keys(got.services)}`);
        assert.ok(got.reason !== "" && got.detail !== undefined);
      }),
      FIXED,
    );
  },
  {
    "reads the first page alone": careless({ stopsAfter: 1 }),
    "takes what it has when a page is lost": careless({ trusts: "lost-pages" }),
    "takes a page without a list for an empty one": careless({ trusts: "any-list" }),
    "mixes two reports": careless({ trusts: "any-report" }),
    "takes what is not complete": careless({ trusts: "any-status" }),
    "takes a marker that repeats for the end": careless({ trusts: "repeated-markers" }),
  },
);

propertyTest(
  "a use that is added to a report is never lost",
  collect,
  async (subject) => {
    await fc.assert(
      fc.asyncProperty(whole, fc.nat(), async (report, nth) => {
        const rows = report.pages.flat();
        fc.pre(rows.length > 0);
        const used = rows[nth % rows.length]!.ServiceNamespace!;
        const pages = report.pages.map((page) =>
          page.map((row) => row.ServiceNamespace === used ? { ...row, LastAuthenticated: AT } : row)
        );
        const got = await subject({ ...report, pages });
        assert.equal("services" in got && got.services[used]?.lastUsed, AT.toISOString());
      }),
      FIXED,
    );
  },
  { "reads the first page alone": careless({ stopsAfter: 1 }) },
);
