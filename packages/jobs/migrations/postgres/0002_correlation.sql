ALTER TABLE "jobs_jobs" ADD COLUMN "correlation" jsonb;
