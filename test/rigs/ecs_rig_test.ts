import assert from "assert";
import { EcsFlat, EcsVersion } from "@elastic/ecs";
import { mappedFields } from "../../runners/core/report/document_index.ts";
import { indexOf, INDICES, leavesOf, pathsOf } from "../runners/document_fields.ts";
import { generatedRuns, STORIES } from "../runners/every_document.ts";

/** What the Elastic Common Schema says of a field. */
type EcsField = {
  readonly type: string;
  readonly normalize: readonly string[];
  readonly allowed_values?: readonly {
    readonly name: string;
    readonly expected_event_types?: readonly string[];
  }[];
};
const ECS: Readonly<Record<string, EcsField>> = EcsFlat;

/** The fields of py-awsaudit, which stay at the top level. */
const SEED = [
  "account",
  "age",
  "doc_type",
  "id",
  "region",
  "state",
  "tag_scheme",
  "violator_count",
  "violators.age",
  "violators.id",
  "violators.region",
  "violators.state",
  "violators.tags",
  "violators_truncated",
];

/** Of one family of types, which is searched alike; `text` is in every Elasticsearch. */
const FAMILIES: Readonly<Record<string, string>> = { match_only_text: "text" };

const documents = [...STORIES, ...generatedRuns()].flatMap((run) => run.documents);

Deno.test("documents name the version of ECS that they are checked against", () => {
  assert.equal(EcsVersion, "9.4.0");
  for (const { body } of documents) assert.deepEqual(body["ecs"], { version: EcsVersion });
});

for (const index of INDICES) {
  const fields = mappedFields(index);
  const paths = pathsOf(fields);
  const typeOf = (path: string) => {
    const field = path.split(".").reduce(
      (at: typeof fields, name) => {
        const inner = at[name]!;
        return "properties" in inner ? inner.properties : { [name]: inner, "": inner };
      },
      fields,
    )[""]!;
    return "type" in field ? field.type : "object";
  };

  Deno.test(`the fields of ${index.name} that ECS knows have its types`, () => {
    const known = paths.filter((path) => Object.hasOwn(ECS, path));
    assert.ok(known.length >= 20, `ECS knows ${known.length} of ${paths.length} fields`);
    const differ = known.flatMap((path) => {
      const { type } = ECS[path]!;
      return typeOf(path) === (FAMILIES[type] ?? type) ? [] : [[path, typeOf(path), type]];
    });
    assert.deepEqual(differ, []);
  });

  Deno.test(`the other fields of ${index.name} are py-awsaudit's, of AWS or of Groundskeeper`, () => {
    const others = paths.filter((path) =>
      !Object.hasOwn(ECS, path) && !/^(aws|groundskeeper)\./.test(path)
    );
    assert.deepEqual(others.filter((path) => !SEED.includes(path)), []);
    // A field of ECS has no fields, and the reverse.
    const nested = paths.filter((path) =>
      Object.keys(ECS).some((known) =>
        known !== path && (known.startsWith(`${path}.`) || path.startsWith(`${known}.`))
      )
    );
    assert.deepEqual(nested, []);
  });
}

Deno.test("every value of a field of ECS is one that ECS allows", () => {
  const wrong = documents.flatMap((document) =>
    leavesOf(document.body, mappedFields(indexOf(document))).flatMap(({ path, value }) => {
      const allowed = ECS[path]?.allowed_values;
      return !allowed || allowed.some(({ name }) => name === value)
        ? []
        : [`${document.type}: ${path} is ${value}`];
    })
  );
  assert.deepEqual([...new Set(wrong)], []);
});

Deno.test("an array stands where ECS has one, and nowhere else", () => {
  const wrong = documents.flatMap(({ type, body }) =>
    ecsMembers(body).flatMap(([path, value]) => {
      const isList = ECS[path]!.normalize.includes("array");
      return isList === Array.isArray(value) ? [] : [`${type}: ${path}`];
    })
  );
  assert.deepEqual([...new Set(wrong)], []);
});

/** The members of a document that are fields of ECS, arrays as they are. */
function ecsMembers(value: object, path = ""): [path: string, value: unknown][] {
  return Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const own = path === "" ? name : `${path}.${name}`;
    if (Object.hasOwn(ECS, own)) return [[own, member]];
    return member !== null && typeof member === "object" && !Array.isArray(member)
      ? ecsMembers(member, own)
      : [];
  });
}

Deno.test("a category of each event has events of its type", () => {
  const categories = ECS["event.category"]!.allowed_values!;
  const wrong = documents.flatMap(({ type, body }) => {
    const event = body["event"] as { category: string[]; type: string[] };
    const expected = categories.filter(({ name }) => event.category.includes(name))
      .flatMap(({ expected_event_types = [] }) => expected_event_types);
    return event.type.filter((one) => !expected.includes(one)).map((one) =>
      `${type}: ${event.category}/${one}`
    );
  });
  assert.deepEqual([...new Set(wrong)], []);
});
