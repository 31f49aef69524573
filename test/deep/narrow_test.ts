// The same property as in the quick tests, with its full number of cases.
import "../runners/core/run/apply/narrow_test.ts";
