import "../../aws/start_shared_both.ts";
import { storeConformance } from "../../conformance/store_conformance.ts";
import { dynamodbHarness } from "./dynamodb_harness.ts";

storeConformance("The DynamoDB store", dynamodbHarness);
