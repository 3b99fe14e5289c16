ALTER TABLE "auth_oauth_states" ADD "code_challenge" text;
ALTER TABLE "auth_oauth_codes" ADD "code_challenge" text;
