import "../aws/start_shared_both.ts";
import { storeRaces } from "../conformance/store_conformance.ts";
import { dynamodbHarness } from "../runners/adapters/dynamodb_harness.ts";

// Here, since each of 16 processes loads the SDK.
storeRaces("The DynamoDB store", dynamodbHarness);
