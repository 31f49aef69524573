import assert from "assert";
import { arnOf, type InstalledRole, type Key } from "./installed_roles.ts";
import {
  EXTERNAL_ID,
  HUB,
  installedWorld,
  MAY_ALL,
  OPERATOR,
  strong,
  TRUSTS_ALL,
} from "./installed_world.ts";

/** Sessions by the names of their roles. */
type Sessions = { readonly [name: string]: Key };

Deno.test("only home roles assume the roles of accounts, each those of its kind of run", async (t) => {
  await using world = await installedWorld({ logins: true });
  const { iam, installation, runs, member, operator } = world;
  const homes = installation.tasks.map(({ key, home }) => ({ key, ...world.role(home.name) }));
  const sessions: Record<string, Key> = {};
  for (const { name } of homes) sessions[name] = await world.home(name);
  const ofAccounts = new Set(installation.memberRoles.map(({ name }) => name));
  const roles = world.roles.filter(({ name }) => ofAccounts.has(name));

  /** Who assumes what, of all that ask for each of these roles. */
  const assumed = async (as: Sessions, roles: readonly InstalledRole[], externalId?: string) => {
    const found: string[] = [];
    for (const [name, key] of Object.entries(as)) {
      for (const role of roles) {
        const answer = await iam.assume(key, role, { externalId })
          .then(() => "allowed", (error: Error) => error.name);
        if (answer === "allowed") found.push(`${name} assumes ${arnOf(role)}`);
        else assert.equal(answer, "AccessDenied");
      }
    }
    return found;
  };
  const expected = homes.flatMap(({ key, name: home }) => {
    const { assumes } = runs.find((run) => run.key === key)!;
    return roles.filter(({ name }) => assumes.includes(name))
      .map((role) => `${home} assumes ${arnOf(role)}`);
  });
  assert.ok(expected.length > 20 && expected.length < homes.length * roles.length / 2);

  await t.step("as they are installed", async () => {
    assert.deepEqual(await assumed(sessions, roles, EXTERNAL_ID), expected);
  });

  await t.step("by the trust policies alone, whatever else the home roles may do", async () => {
    for (const home of homes) await iam.allow(home, MAY_ALL);
    assert.deepEqual(await assumed(sessions, roles, EXTERNAL_ID), expected);
    for (const home of homes) await iam.allow(home, home.policy);
  });

  await t.step("by the home roles' own policies alone, whomever the roles trust", async () => {
    for (const role of roles) await iam.trust(role, TRUSTS_ALL);
    assert.deepEqual(await assumed(sessions, roles), expected);
    for (const role of roles) await iam.trust(role, role.trust);
  });

  await t.step("not without the external ID, and not with another one", async () => {
    assert.deepEqual(await assumed(sessions, roles), []);
    assert.deepEqual(await assumed(sessions, roles, `${EXTERNAL_ID}2`), []);
  });

  await t.step("and nobody else, whatever his own policies say", async () => {
    const others: Record<string, Key> = { operator };
    for (
      const role of [
        strong({ name: "administrator", path: "/", in: HUB }),
        strong({ name: "administrator", path: "/", in: member }),
        // Its name is that of a home role, and its account another.
        strong({ name: homes[0]!.name, path: "/", in: member }),
      ]
    ) {
      await iam.make(role);
      others[arnOf(role)] = await iam.assume(operator, role);
    }
    assert.deepEqual(await assumed(others, roles, EXTERNAL_ID), []);
    assert.deepEqual(
      await assumed(
        { ...others, ...sessions },
        world.roles.filter(({ name }) => !ofAccounts.has(name)),
      ),
      homes.map((home) => `${OPERATOR.name} assumes ${arnOf(home)}`),
    );
  });
});
