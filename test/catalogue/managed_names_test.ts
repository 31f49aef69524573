import assert from "assert";
import { catalogueText, type Listed } from "../../catalogue/catalogue_text.ts";
import { managedNames, ONLY_MANAGED, withManagedNames } from "../../catalogue/managed_names.ts";
import { loadCatalogue } from "../../runners/repo/catalogue/catalogue.ts";
import * as catalogue from "../../runners/repo/catalogue/catalogue.ts";
import { managedPoliciesFile } from "../aws/managed_policies.ts";

const FILE = new URL("../../runners/repo/catalogue/actions.json", import.meta.url);

interface Written {
  readonly date: string;
  readonly source: string;
  readonly managedPolicies: { readonly date: string; readonly source: string };
  readonly services: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The services of the file as the package listed them, without what managed policies added. */
function listedIn({ services }: Written): Listed[] {
  return Object.entries(services).flatMap(([prefix, { name, ...levels }]) => {
    const actions = Object.entries(levels).flatMap(([accessLevel, names]) =>
      names.split(" ").map((name) => ({ name, accessLevel }))
    ).filter(({ accessLevel }) => accessLevel !== ONLY_MANAGED);
    return actions.length === 0 ? [] : [{ prefix, name: name!, actions }];
  });
}

Deno.test("the catalogue is what the generator makes of its services and the pinned managed policies", async () => {
  const text = await Deno.readTextFile(FILE);
  const written = JSON.parse(text) as Written;
  const file = await managedPoliciesFile();
  const managed = managedNames(await Deno.readTextFile(file));
  assert.equal(written.managedPolicies.date, managed.date);
  const pins = await Deno.readTextFile(new URL("../aws/requirements_moto.txt", import.meta.url));
  const [, version] = /^moto==(\S+)/m.exec(pins)!;
  assert.equal(
    written.managedPolicies.source,
    `PyPI moto ${version}, iam/aws_managed_policies.py`,
  );
  const services = withManagedNames(listedIn(written), managed);
  assert.equal(catalogueText({ ...written, services }), text);
  for (const action of managed.actions) assert.ok(loadCatalogue().canonical(action), action);
  assert.equal(catalogue.ONLY_MANAGED, ONLY_MANAGED);
});

const python = (policies: object) =>
  `# Imported\naws_managed_policies_data = """\n${JSON.stringify(policies)}"""\n`;

const policy = (UpdateDate: string, ...Statement: readonly object[]) => ({
  UpdateDate,
  Document: { Statement },
});

Deno.test("names are taken from Action and NotAction, each once; patterns say no name", () => {
  const read = managedNames(python({
    A: policy("2026-01-02T03:04:05+00:00", { Action: ["s3:GetB", "s3:Get*"] }, {
      NotAction: "a:B",
    }),
    B: policy("2026-09-01T00:00:00+00:00", { Action: ["S3:GETB", "zz:Do"] }),
  }));
  assert.deepEqual(read, { date: "2026-09-01", actions: ["S3:GETB", "a:B", "zz:Do"] });
});

Deno.test("what a service lists is not added, what it does not list has no access level", () => {
  const services = [{
    prefix: "s3",
    name: "Amazon S3",
    actions: [{ name: "GetB", accessLevel: "Read" }],
  }];
  const added = withManagedNames(services, { actions: ["s3:getb", "s3:New", "ZZ:Do"] });
  assert.deepEqual(added, [
    {
      ...services[0],
      actions: [
        { name: "GetB", accessLevel: "Read" },
        { name: "New", accessLevel: ONLY_MANAGED },
      ],
    },
    { prefix: "zz", name: "zz", actions: [{ name: "Do", accessLevel: ONLY_MANAGED }] },
  ]);
});

Deno.test("a file of another shape is an error and no shorter list", () => {
  assert.throws(() => managedNames("aws_managed_policies_data = {}"), /not where moto keeps them/);
});
