import type { Dice } from "./dice.ts";
import { SEEDED } from "./month_config.ts";
import { type Behaviour, BEHAVIOURS, type Seen } from "./month_owners.ts";
import type { MonthWorld, Where } from "./month_world.ts";

/** One owner with one instance. */
export interface Person {
  readonly behaviour: Behaviour;
  readonly where: Where;
  /** The account is one that may be changed. */
  readonly enforced: boolean;
  /** The day on which the instance comes to break the rules. */
  readonly begins: number;
  /** Empty until the instance is launched. */
  id: string;
  life?: AsyncGenerator<void, void, Seen>;
}

/** Deals the behaviours out to the places, and each to one owner who is only reported. */
export function settle(month: MonthWorld, dice: Dice): Person[] {
  const { world: { seeded }, places, enforced } = month;
  const taken = new Map<string, number>();
  const take = (where: Where, group: string) => {
    const key = `${where.account}/${where.region}/${group}`;
    const number = taken.get(key) ?? 0;
    taken.set(key, number + 1);
    return seeded.instances(where.account, where.region, group)[number]!;
  };
  const ruled = places.filter(({ account }) => enforced.includes(account));
  const reported = places.filter(({ account }) => !enforced.includes(account));
  let turn = dice.between(0, ruled.length - 1);
  return BEHAVIOURS.flatMap((behaviour) => {
    const person = (where: Where): Person => ({
      behaviour,
      where,
      enforced: enforced.includes(where.account),
      begins: dice.between(...behaviour.begins),
      id: behaviour.by === "launch" ? "" : take(where, SEEDED[behaviour.name]?.name ?? "web"),
    });
    return [
      ...Array.from({ length: behaviour.owners }, () => person(ruled[turn++ % ruled.length]!)),
      person(reported[turn % reported.length]!),
    ];
  });
}

/** Lets all owners see their instances and do what they do. */
export async function liveOn(
  people: readonly Person[],
  day: number,
  month: MonthWorld,
  dice: Dice,
): Promise<void> {
  for (const person of people) {
    if (person.life || person.begins > day) continue;
    const { behaviour, where } = person;
    if (behaviour.by === "launch") person.id = await month.launch(where, { Name: "new" });
    const hands = month.hands(where, person.id);
    if (behaviour.by === "loss") await hands.untag("owner");
    person.life = behaviour.life(hands, dice);
    await person.life.next();
  }
  for (const where of month.places) {
    const here = people.filter((one) => one.life && one.where === where);
    const seen = await month.instancesIn(where, here.map(({ id }) => id));
    for (const { id, life } of here) {
      const instance = seen.get(id);
      if (instance) await life!.next({ ...instance, day, now: month.instantOf(day) });
    }
  }
}

/** The exemptions that the configuration has on a day. */
export function exemptionsOn(
  day: number,
  people: readonly Person[],
  month: MonthWorld,
): { match: { instanceId: string }; reason: string; until: string }[] {
  return people.flatMap(({ id, behaviour: { exempt, name } }) =>
    exempt && exempt[0] <= day
      ? [{
        match: { instanceId: id },
        reason: name,
        until: month.instantOf(exempt[1]).toISOString().slice(0, 10),
      }]
      : []
  );
}
