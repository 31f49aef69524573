import type { Module } from "./module_graph.ts";

/** A room and what may be imported in it. */
type Room = {
  readonly name: string;
  readonly holds: RegExp;
  /** Paths that may be imported. */
  readonly may: RegExp;
};

/** The jobs: the folders that hold an `entry.ts`. */
export function jobsIn(modules: readonly Module[]): string[] {
  return modules.flatMap(({ path }) => /^runners\/(\w+)\/entry\.ts$/.exec(path)?.[1] ?? []).sort();
}

/**
 * Who may import whom, type imports included; the first room that holds a file is its room.
 * deno.json may be imported where the program says its version and its own permissions.
 */
function roomsOf(jobs: readonly string[]): Room[] {
  return [
    { name: "contract", holds: /^runners\/core\/contract\//, may: /^$/ },
    { name: "core", holds: /^runners\/core\//, may: /^runners\/core\// },
    { name: "adapters", holds: /^runners\/adapters\//, may: /^runners\/(core|adapters)\// },
    ...jobs.map((job) => ({
      name: job,
      holds: new RegExp(`^runners/${job}/`),
      may: new RegExp(`^runners/(core|${job})/`),
    })),
    {
      name: "jobs",
      holds: /^runners\/jobs\.ts$/,
      may: new RegExp(`^runners/(${jobs.join("|")})/entry\\.ts$`),
    },
    {
      name: "shell",
      holds: /^runners\/shell\//,
      may: /^runners\/(core|adapters|shell)\/|^reports\/|^runners\/jobs\.ts$|^deno\.json$/,
    },
    { name: "main", holds: /^runners\/main\.ts$/, may: /^runners\/shell\// },
    { name: "reports", holds: /^reports\//, may: /^(runners\/core|reports)\// },
    // It makes what the jobs need, and loads no job: see also `waysToAws`.
    {
      name: "infra",
      holds: /^infra\//,
      may:
        /^infra\/|^runners\/core\/((contract|needs|config)\/|(aws\/region_names|errors|json|json_text|program)\.ts$)|^(runners\/\w+\/(needs|config)|reports\/needs)\.ts$/,
    },
    {
      name: "client",
      holds: /^client\//,
      may: /^(client|runners\/core\/contract)\//,
    },
    { name: "release", holds: /^release\//, may: /^release\// },
    // What people copy: but for the library it imports nothing, so that it works wherever it lies.
    {
      name: "examples",
      holds: /^examples\//,
      may: /^runners\/(repo\/mod|adapters\/sqlite\/sqlite_store)\.ts$/,
    },
    // It stands alone in an image, and loads all others when it runs.
    { name: "container", holds: /^container\//, may: /^$/ },
    { name: "hosts", holds: /^hosts\//, may: /^$/ },
    { name: "catalogue", holds: /^catalogue\//, may: /^catalogue\// },
    { name: "test", holds: /^test\//, may: /./ },
  ];
}

/** The imports that break the rules, as sentences. */
export function brokenRules(modules: readonly Module[], jobs: readonly string[]): string[] {
  const rooms = roomsOf(jobs);
  return modules.flatMap(({ path, imports }) => {
    const room = rooms.find(({ holds }) => holds.test(path));
    if (!room) return path === "deno.json" ? [] : [`${path} lies in no room`];
    return imports.filter((imported) => !room.may.test(imported))
      .map((imported) => `${path} (${room.name}) may not import ${imported}`);
  });
}

/**
 * What has no AWS package: `infra`, which makes the roles, and what it imports, which is what the
 * jobs and the reports need and how the configuration is read.
 */
const WITHOUT_AWS =
  /^infra\/|^reports\/needs\.ts$|^runners\/(\w+\/(needs|config)\.ts$|core\/(needs|config|contract)\/)/;

/** What is known of a job before it is loaded; the program behind it is imported later. */
const ENTRY = /^runners\/\w+\/entry\.ts$/;

/** The ways from such a file to an AWS package, type imports included, as the paths on them. */
export function waysToAws(modules: readonly Module[]): string[][] {
  return modules.flatMap(({ path }) => {
    if (!WITHOUT_AWS.test(path) && !ENTRY.test(path)) return [];
    const way = wayToAws(path, new Map(modules.map((one) => [one.path, one])), ENTRY.test(path));
    return way ? [way] : [];
  });
}

const OF_AWS = /^npm:@(aws-sdk|smithy)\//;

function wayToAws(
  from: string,
  modules: ReadonlyMap<string, Module>,
  atOnce: boolean,
  packages = OF_AWS,
): string[] | undefined {
  const seen = new Set<string>();
  const walk = (path: string): string[] | undefined => {
    if (packages.test(path)) return [path];
    if (seen.has(path)) return undefined;
    seen.add(path);
    const { imports = [], packages: own = [], later = [] } = modules.get(path) ?? {};
    for (const next of [...imports, ...own]) {
      if (atOnce && later.includes(next)) continue;
      const way = walk(next);
      if (way) return [path, ...way];
    }
    return undefined;
  };
  return walk(from);
}

/**
 * The ways on which an AWS package is loaded with the documents of a job, or with its dashboard. The fields
 * of its index are read there, without the job.
 */
export function waysFromDocuments(modules: readonly Module[]): string[][] {
  const loaded = new Map(modules.map(({ path, imports, packages = [], later = [], types = [] }) => {
    const isLoaded = (name: string) => !later.includes(name) && !types.includes(name);
    return [path, { path, imports: imports.filter(isLoaded), packages: packages.filter(isLoaded) }];
  }));
  return modules.filter(({ path }) => DOCUMENTS.test(path)).flatMap(({ path }) => {
    const way = wayToAws(path, loaded, true);
    return way ? [way] : [];
  });
}

const DOCUMENTS = /^runners\/\w+\/(documents|dashboard)\.ts$/;

/** The ways on which the shell loads the client of DynamoDB, but for the file that opens tables. */
export function waysToDynamoDb(modules: readonly Module[]): string[][] {
  const known = new Map(modules.map((one) => [one.path, one]));
  return modules.filter(({ path }) =>
    /^runners\/(main|shell\/\w+)\.ts$/.test(path) && path !== "runners/shell/open_table.ts"
  ).flatMap(({ path }) => {
    const way = wayToAws(path, known, true, /^npm:@aws-sdk\/client-dynamodb/);
    return way ? [way] : [];
  });
}

/** The way from a file to a package, but for what it imports later; none, or one. */
export function waysToPackages(modules: readonly Module[], from: string): string[][] {
  const way = wayToAws(from, new Map(modules.map((one) => [one.path, one])), true, /^npm:/);
  return way ? [way] : [];
}

/** A circle of imports, as the paths on it, or undefined where there is none. */
export function findCircle(modules: readonly Module[]): string[] | undefined {
  const imports = new Map(modules.map((module) => [module.path, module.imports]));
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): string[] | undefined => {
    const at = trail.indexOf(path);
    if (at >= 0) return [...trail.slice(at), path];
    if (done.has(path)) return undefined;
    for (const next of imports.get(path) ?? []) {
      const circle = walk(next, [...trail, path]);
      if (circle) return circle;
    }
    done.add(path);
    return undefined;
  };
  for (const { path } of modules) {
    const circle = walk(path, []);
    if (circle) return circle;
  }
  return undefined;
}
