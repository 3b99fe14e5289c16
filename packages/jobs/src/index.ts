/** @revops/jobs: a durable queue in your own database. A diff of this file is a diff of the public API. */
export { type JobsErrorCode, jobsErrors } from "./errors.ts";
export {
  createJobs,
  type HandlerSettings,
  type JobContext,
  type JobHandler,
  type Jobs,
  type JobsOptions,
  type NewJobRequest,
} from "./jobs.ts";
export { jobsMigrations } from "./migrations.ts";
export type { DeadJob, DeadJobsRequest, QueueDepth } from "./store.ts";
