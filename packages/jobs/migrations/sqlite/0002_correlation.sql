ALTER TABLE "jobs_jobs" ADD "correlation" text;
