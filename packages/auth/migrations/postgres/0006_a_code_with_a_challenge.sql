ALTER TABLE "auth_oauth_states" ADD COLUMN "code_challenge" text;
ALTER TABLE "auth_oauth_codes" ADD COLUMN "code_challenge" text;
