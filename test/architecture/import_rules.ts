import type { Module } from "./module_graph.ts";

/** A room and what may be imported in it, besides what lies in the room itself. */
interface Room {
  readonly name: string;
  readonly holds: RegExp;
  /** Paths that may be imported. */
  readonly may: RegExp;
}

const JOBS = ["audit", "repo"];

/**
 * Who may import whom, type imports included; the first room that holds a file is its room.
 * deno.json may be imported where the program says its version and its own permissions.
 */
export const ROOMS: readonly Room[] = [
  { name: "contract", holds: /^runners\/core\/contract\//, may: /^$/ },
  // Until programs are handed what they need: what knows the shell and lies in another room.
  {
    name: "program",
    holds:
      /^runners\/(core\/(program|cli\/terminal)|audit\/(program|canary\/canary_command)|repo\/(program|verbs\/\w+|serve\/serve_verb))\.ts$/,
    may: /^(runners|reports)\//,
  },
  { name: "core", holds: /^runners\/core\//, may: /^runners\/core\// },
  { name: "adapters", holds: /^runners\/adapters\//, may: /^runners\/(core|adapters)\// },
  ...JOBS.map((job) => ({
    name: job,
    holds: new RegExp(`^runners/${job}/`),
    may: new RegExp(`^runners/(core|${job})/`),
  })),
  {
    name: "configuration",
    holds: /^runners\/shell\/config\.ts$/,
    may: /^runners\/(core\/|\w+\/config\.ts)/,
  },
  {
    name: "composition",
    holds: /^runners\/(shell\/)?[a-z_]+\.ts$/,
    may: /^(runners|reports)\/|^deno\.json$/,
  },
  { name: "reports", holds: /^reports\//, may: /^(runners\/core|reports)\// },
  { name: "release", holds: /^release\//, may: /^release\// },
  // What people copy: but for the library it imports nothing, so that it works wherever it lies.
  {
    name: "examples",
    holds: /^examples\//,
    may: /^runners\/(repo\/mod|adapters\/sqlite\/sqlite_store)\.ts$/,
  },
  { name: "catalogue", holds: /^catalogue\//, may: /^catalogue\// },
  { name: "test", holds: /^test\//, may: /./ },
];

/** The imports that break the rules, as sentences. */
export function brokenRules(modules: readonly Module[]): string[] {
  return modules.flatMap(({ path, imports }) => {
    const room = ROOMS.find(({ holds }) => holds.test(path));
    if (!room) return path === "deno.json" ? [] : [`${path} lies in no room`];
    return imports.filter((imported) => !room.may.test(imported))
      .map((imported) => `${path} (${room.name}) may not import ${imported}`);
  });
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
