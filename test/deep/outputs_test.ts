// The same tests as the quick ones, with all of their outputs.
import "../e2e/outputs_test.ts";
