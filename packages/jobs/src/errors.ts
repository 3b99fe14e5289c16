import { defineErrors, type ErrorCode } from "@revops/core";

export const jobsErrors = defineErrors({
  job_not_found: "There is no dead job of this id",
  lease_lost: "Another worker took the job over",
  duplicate_handler: "This kind of job has a handler already",
});
export type JobsErrorCode = ErrorCode<typeof jobsErrors>;
