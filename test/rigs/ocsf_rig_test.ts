import assert from "assert";
import { fileURLToPath } from "node:url";
import { ocsfLines } from "../../reports/ocsf/ocsf.ts";
import { pinsOf } from "../aws/install.ts";
import { virtualEnvironment } from "../aws/virtual_environment.ts";
import { aFinding, HOSTILE, OTHERS, PLAN } from "../reports/finding_fixture.ts";

const PYTHON = await virtualEnvironment({
  name: "py-ocsf",
  room: "rigs",
  pins: fileURLToPath(new URL("requirements_py_ocsf.txt", import.meta.url)),
  uvPins: pinsOf("uv"),
});

/**
 * Holds each line of stdin against the model of its class. Pydantic ignores what a model does not
 * know: of each document, what is ignored at its top is printed, and what is wrong.
 */
const JUDGE = `
import json, sys
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from py_ocsf_models.events.findings.detection_finding import DetectionFinding
MODELS = {2003: ComplianceFinding, 2004: DetectionFinding}
for line in sys.stdin:
    document = json.loads(line)
    try:
        model = MODELS[document["class_uid"]]
        model.model_validate(document)
        print(json.dumps(sorted(set(document) - set(model.model_fields))))
    except Exception as error:
        print(json.dumps(str(error)))
`;

/** What py-ocsf-models says of each document: the keys that it does not know, or what is wrong. */
async function judged(lines: readonly string[]): Promise<(readonly string[] | string)[]> {
  const process = new Deno.Command(PYTHON, {
    args: ["-c", JUDGE],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  const output = process.output();
  await writer.write(new TextEncoder().encode(lines.join("")));
  await writer.close();
  const { stdout, stderr } = await output;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(text(stderr), "");
  return text(stdout).trim().split("\n").map((line) => JSON.parse(line));
}

const FINDINGS = [
  aFinding(1),
  ...OTHERS,
  ...(["low", "medium", "high"] as const).map((severity, number) => aFinding(number, { severity })),
  ...HOSTILE.map((text, number) =>
    aFinding(number, { name: text, detail: text, owner: { name: text, source: "tag" } })
  ),
];

Deno.test("py-ocsf-models takes the findings of every job, whatever was written into them", async () => {
  const lines = [...ocsfLines(FINDINGS, PLAN, "1.0.0")];
  const found = await judged(lines);
  assert.equal(found.length, lines.length);
  for (const [index, said] of found.entries()) {
    const { class_uid } = JSON.parse(lines[index]!);
    // Its Compliance Finding has no profile "cloud"; OCSF's schema has it.
    assert.deepEqual(said, class_uid === 2003 ? ["cloud"] : [], lines[index]);
  }
});

Deno.test("py-ocsf-models notices what OCSF does not allow", async () => {
  const [line] = [...ocsfLines([aFinding(1)], PLAN, "1.0.0")];
  const wrong = [
    { ...JSON.parse(line!), severity_id: 42 },
    { ...JSON.parse(line!), finding_info: {} },
    { ...JSON.parse(line!), type_uid: 1 },
  ];
  const found = await judged(wrong.map((one) => `${JSON.stringify(one)}\n`));
  for (const said of found) assert.equal(typeof said, "string");
});
