/** Prints how long the catalogue takes, in a process that has loaded nothing else. */

const AGAIN = 10_000;

const begin = performance.now();
const { loadCatalogue } = await import("../../runners/repo/catalogue/catalogue.ts");
const { makeUniverse } = await import("../../runners/repo/catalogue/universe.ts");
const universe = makeUniverse(loadCatalogue(), []);
const ready = performance.now();
const count = universe.expand("*").size;
const first = performance.now();
for (let time = 0; time < AGAIN; time++) universe.expand("*");
const end = performance.now();

console.log(JSON.stringify({
  actions: count,
  readyMs: ready - begin,
  firstMicroseconds: (first - ready) * 1000,
  againMicroseconds: (end - first) / AGAIN * 1000,
}));
