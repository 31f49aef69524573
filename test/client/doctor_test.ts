import assert from "assert";
import type { MetadataBehaviour, MetadataFacts } from "../aws/metadata_service.ts";
import { ClientWorld } from "./client_world.ts";
import { run } from "./programs.ts";

type Checks = { readonly [name: string]: { readonly state: string; readonly detail: string } };

/** What doctor says, by the names of its checks; this machine has no client in its PAM files. */
async function diagnose(world: ClientWorld): Promise<{ code: number; checks: Checks }> {
  const local = [world.metadata.endpoint, world.aws.endpoint];
  const { code, stdout } = await run("client", ["doctor", "--json"], {
    folder: world.folder,
    local,
  });
  const { checks } = JSON.parse(stdout) as {
    checks: { name: string; state: string; detail: string }[];
  };
  return { code, checks: Object.fromEntries(checks.map(({ name, ...rest }) => [name, rest])) };
}

const SICK: readonly {
  readonly name: string;
  readonly behaviour?: MetadataBehaviour;
  readonly facts?: (facts: MetadataFacts) => MetadataFacts;
  readonly breaks?: (world: ClientWorld) => Promise<unknown>;
  readonly check: string;
  readonly says: RegExp;
}[] = [
  {
    name: "there is no client.json",
    breaks: (world) => Deno.remove(`${world.folder}/client.json`),
    check: "configuration",
    says: /Cannot use .*client\.json/,
  },
  {
    name: "others can write client.json",
    breaks: (world) => Deno.chmod(`${world.folder}/client.json`, 0o666),
    check: "configuration",
    says: /its owner must be root, its mode 0644/,
  },
  {
    name: "the metadata service hangs",
    behaviour: "hangs",
    check: "metadata service",
    says: /no answer within 2000 ms/,
  },
  {
    name: "there is a hop too many",
    behaviour: "drops-tokens",
    check: "metadata service",
    says: /more hops than its limit allows.*--http-put-response-hop-limit 2/,
  },
  {
    name: "the metadata service is off",
    behaviour: "off",
    check: "metadata service",
    says: /status 403\. Turn it on/,
  },
  {
    name: "IMDSv1 is on",
    behaviour: { path: "/latest/dynamic/instance-identity/document", body: "{}" },
    check: "metadata service",
    says: /IMDSv1 is on\. Run: .*--http-tokens required/,
  },
  {
    name: "there is no profile",
    facts: ({ profile: _, ...facts }) => facts,
    check: "profile",
    says: /Attach one/,
  },
  {
    name: "there is no identity role",
    facts: ({ identity: _, ...facts }) => facts,
    check: "identity",
    says: /no message has a proof/,
  },
  {
    name: "half of the spool waits",
    breaks: async (world) => {
      await Deno.mkdir(world.spool, { mode: 0o700 });
      for (let at = 0; at < 501; at++) {
        const id = `000000000000000000000${String(at).padStart(5, "0")}`;
        await Deno.writeTextFile(`${world.spool}/${id}.json`, "{}");
      }
    },
    check: "spool",
    says: /501 of 1000 events wait, 0 were dropped so far: journalctl/,
  },
  {
    name: "others see the spool",
    breaks: (world) => Deno.mkdir(world.spool, { mode: 0o755 }),
    check: "spool",
    says: /must be root's, with mode 0700/,
  },
  {
    name: "there is no spool",
    check: "spool",
    says: /No such file.* See groundskeeper-client install/,
  },
];

for (const { name, behaviour, facts, breaks, check, says } of SICK) {
  Deno.test(`doctor says what to do where ${name}, and sends no hello`, async () => {
    await using world = await ClientWorld.open();
    if (behaviour) world.metadata.behaviour = behaviour;
    if (facts) world.metadata.facts = facts(world.metadata.facts);
    // Where client.json is not read, its endpoints are not known, and the real address is asked.
    await breaks?.(world);
    const { code, checks } = await diagnose(world);
    assert.equal(checks[check]?.state, "fix", JSON.stringify(checks, null, 2));
    assert.match(checks[check]?.detail ?? "", says);
    assert.equal(checks["queue"]?.state, "unknown");
    assert.equal(code, 1);
    assert.deepEqual(await world.messages(), []);
  });
}

Deno.test("doctor has one line for each check, for people", async () => {
  await using world = await ClientWorld.open();
  const local = [world.metadata.endpoint, world.aws.endpoint];
  const { stdout } = await run("client", ["doctor"], { folder: world.folder, local });
  const { checks } = await diagnose(world);
  const lines = stdout.trim().split("\n");
  assert.equal(lines.length, Object.keys(checks).length);
  for (const [index, name] of Object.keys(checks).entries()) {
    assert.match(lines[index]!, new RegExp(`^(ok|fix|unknown) +${name} `));
  }
});

Deno.test("a verb that does not exist is exit 2, with those that do", async () => {
  for (const name of ["login", "client"] as const) {
    const { code, stdout, stderr } = await run(name, ["remove"], { folder: "/tmp" });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^Say what to do: groundskeeper-/);
  }
});
