/** Five thousand mutated configurations; the quick tests make a few hundred. */
import "../runners/core/config/mutated_test.ts";
