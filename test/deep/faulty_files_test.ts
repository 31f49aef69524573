// The same property as in the quick tests, with its full number of cases.
import "../e2e/faulty_files_test.ts";
