CREATE TABLE "hufu"."operator_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"act" text NOT NULL,
	"subject" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "operator_events_act" CHECK ("hufu"."operator_events"."act" in ('SERVICE_CREATE', 'SERVICE_ROTATE', 'SERVICE_DISABLE', 'SERVICE_ENABLE', 'KEY_ROTATE', 'KEY_REVOKE'))
);
--> statement-breakpoint
CREATE TABLE "hufu"."security_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"session_id" uuid,
	"kind" text NOT NULL,
	"outcome" text NOT NULL,
	"device_kind" text,
	"device_name" text,
	"user_agent" text,
	"ip" text,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "security_events_outcome_of_kind" CHECK ("hufu"."security_events"."kind" || ' ' || "hufu"."security_events"."outcome" = any('{REGISTER SUCCEEDED,REGISTER EMAIL_TAKEN,LOGIN SUCCEEDED,LOGIN WRONG_PASSWORD,LOGIN TOO_MANY_ATTEMPTS,LOGIN ACCOUNT_DISABLED,LOGIN EMAIL_NOT_VERIFIED,LOGIN SESSION_LIMIT_REACHED,LOGIN SECOND_FACTOR_REQUIRED,LOGIN WRONG_CODE,LOGIN WRONG_PASSKEY,LOGIN COPIED_PASSKEY,LOGOUT SUCCEEDED,END_SESSION SUCCEEDED,END_OTHER_SESSIONS SUCCEEDED,CONFIRM_IDENTITY SUCCEEDED,CONFIRM_IDENTITY WRONG_PASSWORD,CONFIRM_IDENTITY WRONG_CODE,CONFIRM_IDENTITY TOO_MANY_ATTEMPTS,CONFIRM_IDENTITY WRONG_PASSKEY,CONFIRM_IDENTITY COPIED_PASSKEY,SET_PASSWORD SUCCEEDED,SET_PASSWORD STEP_UP_REQUIRED,CHANGE_PASSWORD SUCCEEDED,CHANGE_PASSWORD WRONG_PASSWORD,CHANGE_PASSWORD TOO_MANY_ATTEMPTS,RESET_PASSWORD SUCCEEDED,VERIFY_EMAIL SUCCEEDED,REQUEST_EMAIL_CHANGE SUCCEEDED,REQUEST_EMAIL_CHANGE STEP_UP_REQUIRED,CONFIRM_EMAIL_CHANGE SUCCEEDED,DELETE_ACCOUNT SUCCEEDED,DELETE_ACCOUNT STEP_UP_REQUIRED,ADD_PASSKEY SUCCEEDED,ADD_PASSKEY STEP_UP_REQUIRED,RENAME_PASSKEY SUCCEEDED,REMOVE_PASSKEY SUCCEEDED,ADD_TOTP SUCCEEDED,ADD_TOTP WRONG_CODE,ADD_TOTP STEP_UP_REQUIRED,REMOVE_FACTOR SUCCEEDED,REMOVE_FACTOR STEP_UP_REQUIRED,RENEW_RECOVERY_CODES SUCCEEDED,RENEW_RECOVERY_CODES STEP_UP_REQUIRED,USE_RECOVERY_CODE SUCCEEDED,LINK_IDENTITY SUCCEEDED,LINK_IDENTITY STEP_UP_REQUIRED,LINK_IDENTITY IDENTITY_TAKEN,UNLINK_IDENTITY SUCCEEDED,UNLINK_IDENTITY STEP_UP_REQUIRED,UNLINK_IDENTITY LAST_WAY_IN,PROVIDER_LOGOUT SUCCEEDED,OPERATOR_DISABLE SUCCEEDED,OPERATOR_ENABLE SUCCEEDED,OPERATOR_END_SESSIONS SUCCEEDED,OPERATOR_RESET_FACTORS SUCCEEDED}'::text[])),
	CONSTRAINT "security_events_device_kind" CHECK ("hufu"."security_events"."device_kind" in ('WEB', 'DESKTOP', 'MOBILE', 'TABLET', 'TV', 'OTHER'))
);
--> statement-breakpoint
CREATE TABLE "hufu"."challenges" (
	"id" uuid PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"user_id" uuid,
	"email_key" text,
	"secret_hash" text NOT NULL,
	"payload" jsonb NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	"mailed_at" timestamp (3) with time zone,
	"voided_at" timestamp (3) with time zone,
	CONSTRAINT "challenges_purpose" CHECK ("hufu"."challenges"."purpose" in ('secondFactor', 'totpEnrolment', 'passkeyRegistration', 'passkeyLogin', 'passkeyConfirmation', 'registration', 'providerLogin', 'identityLink', 'emailCode'))
);
--> statement-breakpoint
CREATE TABLE "hufu"."links" (
	"jti" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"operation" text NOT NULL,
	"payload" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	"voided_at" timestamp (3) with time zone,
	CONSTRAINT "links_operation" CHECK ("hufu"."links"."operation" in ('verifyEmail', 'resetPassword', 'confirmEmailChange'))
);
--> statement-breakpoint
CREATE TABLE "hufu"."mails" (
	"id" uuid PRIMARY KEY NOT NULL,
	"template" text NOT NULL,
	"payload" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "hufu"."recovery_codes" (
	"user_id" uuid NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "recovery_codes_user_id_hash_pk" PRIMARY KEY("user_id","hash")
);
--> statement-breakpoint
CREATE TABLE "hufu"."totp_factors" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"sealed_seed" text NOT NULL,
	"last_step" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	CONSTRAINT "totp_factors_one_per_user" UNIQUE("user_id")
);
--> statement-breakpoint
CREATE TABLE "hufu"."identities" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"provider" text NOT NULL,
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"email" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	CONSTRAINT "identities_issuer_subject_unique" UNIQUE("issuer","subject")
);
--> statement-breakpoint
CREATE TABLE "hufu"."provider_logouts" (
	"key" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "hufu"."provider_sessions" (
	"session_id" uuid PRIMARY KEY NOT NULL,
	"identity_id" uuid NOT NULL,
	"sid" text
);
--> statement-breakpoint
CREATE TABLE "hufu"."passkeys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"credential_id" text NOT NULL,
	"public_key" text NOT NULL,
	"counter" bigint NOT NULL,
	"counter_moved" boolean DEFAULT false NOT NULL,
	"backed_up" boolean NOT NULL,
	"transports" text[] NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	CONSTRAINT "passkeys_credential_id_unique" UNIQUE("credential_id")
);
--> statement-breakpoint
CREATE TABLE "hufu"."known_networks" (
	"key" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "hufu"."rate_limits" (
	"key" text PRIMARY KEY NOT NULL,
	"points" integer NOT NULL,
	"expire" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "hufu"."sealed_keys" (
	"name" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "hufu"."service_accounts" (
	"name" text PRIMARY KEY NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"disabled_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	CONSTRAINT "service_accounts_name" CHECK ("hufu"."service_accounts"."name" ~ '^[a-z][a-z0-9-]{0,62}$'),
	CONSTRAINT "service_accounts_scopes" CHECK ("hufu"."service_accounts"."scopes" <> '{}' and "hufu"."service_accounts"."scopes" <@ array['introspect', 'explain', 'feed', 'tickets', 'subgraph']::text[])
);
--> statement-breakpoint
CREATE TABLE "hufu"."service_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"service" text NOT NULL,
	"hash" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "hufu"."sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"slot" text NOT NULL,
	"device_kind" text NOT NULL,
	"device_name" text,
	"user_agent" text,
	"ip" text,
	"idempotency_key" uuid,
	"methods" text[] NOT NULL,
	"proved_at" timestamp (3) with time zone NOT NULL,
	"signed_in_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text,
	"ended_in" "xid8",
	"superseded_by" uuid,
	CONSTRAINT "sessions_device_kind" CHECK ("hufu"."sessions"."device_kind" in ('WEB', 'DESKTOP', 'MOBILE', 'TABLET', 'TV', 'OTHER')),
	CONSTRAINT "sessions_methods" CHECK ("hufu"."sessions"."methods" <> '{}' and "hufu"."sessions"."methods" <@ array['PASSWORD', 'TOTP', 'RECOVERY_CODE', 'PASSKEY', 'PROVIDER', 'EMAIL_CODE']::text[]),
	CONSTRAINT "sessions_end_reason" CHECK ("hufu"."sessions"."end_reason" in ('EXPIRED', 'IDLE', 'SUPERSEDED', 'LOGGED_OUT', 'REVOKED', 'PASSWORD_CHANGED', 'PROVIDER_ENDED', 'ACCOUNT_DISABLED', 'ACCOUNT_DELETED')),
	CONSTRAINT "sessions_reason_with_end" CHECK (("hufu"."sessions"."ended_at" is null) = ("hufu"."sessions"."end_reason" is null)),
	CONSTRAINT "sessions_superseded_is_ended" CHECK ("hufu"."sessions"."superseded_by" is null or "hufu"."sessions"."ended_at" is not null),
	CONSTRAINT "sessions_end_after_start" CHECK ("hufu"."sessions"."expires_at" > "hufu"."sessions"."signed_in_at")
);
--> statement-breakpoint
CREATE TABLE "hufu"."signing_keys" (
	"kid" text PRIMARY KEY NOT NULL,
	"generation" integer NOT NULL,
	"public_key" jsonb NOT NULL,
	"sealed_private_key" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"signs_from" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "signing_keys_one_per_generation" UNIQUE("generation"),
	CONSTRAINT "signing_keys_generation" CHECK ("hufu"."signing_keys"."generation" > 0)
);
--> statement-breakpoint
CREATE TABLE "hufu"."past_emails" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"email_key" text NOT NULL,
	"replaced_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "hufu"."users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text,
	"email_key" text,
	"password_hash" text,
	"passkeys" integer DEFAULT 0 NOT NULL,
	"identities" integer DEFAULT 0 NOT NULL,
	"has_totp" boolean DEFAULT false NOT NULL,
	"signs_in_by_email" boolean DEFAULT false NOT NULL,
	"email_verified_at" timestamp (3) with time zone,
	"disabled_at" timestamp (3) with time zone,
	"deleted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_login_at" timestamp (3) with time zone,
	"sessions_ended_before" timestamp (3) with time zone,
	"sessions_ended_at" timestamp (3) with time zone,
	"sessions_end_reason" text,
	"session_spared" uuid,
	"traces_left" boolean DEFAULT false NOT NULL,
	CONSTRAINT "users_email_key_unique" UNIQUE("email_key"),
	CONSTRAINT "users_sessions_end_reason" CHECK ("hufu"."users"."sessions_end_reason" in ('EXPIRED', 'IDLE', 'SUPERSEDED', 'LOGGED_OUT', 'REVOKED', 'PASSWORD_CHANGED', 'PROVIDER_ENDED', 'ACCOUNT_DISABLED', 'ACCOUNT_DELETED')),
	CONSTRAINT "users_sessions_ended_before" CHECK (num_nulls("hufu"."users"."sessions_ended_before", "hufu"."users"."sessions_ended_at", "hufu"."users"."sessions_end_reason") in (0, 3)),
	CONSTRAINT "users_traces_of_deleted" CHECK (not "hufu"."users"."traces_left" or "hufu"."users"."deleted_at" is not null),
	CONSTRAINT "users_anonymous_when_deleted" CHECK (case when "hufu"."users"."deleted_at" is null
        then "hufu"."users"."email" is not null and "hufu"."users"."email_key" is not null
        else "hufu"."users"."email" is null and "hufu"."users"."email_key" is null end),
	CONSTRAINT "users_ways_in_counted" CHECK ("hufu"."users"."passkeys" >= 0 and "hufu"."users"."identities" >= 0),
	CONSTRAINT "users_way_in" CHECK (("hufu"."users"."deleted_at" is null) = ("hufu"."users"."password_hash" is not null or "hufu"."users"."passkeys" > 0
        or "hufu"."users"."identities" > 0 or "hufu"."users"."signs_in_by_email"))
);
--> statement-breakpoint
ALTER TABLE "hufu"."security_events" ADD CONSTRAINT "security_events_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "hufu"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."challenges" ADD CONSTRAINT "challenges_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "hufu"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."links" ADD CONSTRAINT "links_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "hufu"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."recovery_codes" ADD CONSTRAINT "recovery_codes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "hufu"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."totp_factors" ADD CONSTRAINT "totp_factors_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "hufu"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."identities" ADD CONSTRAINT "identities_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "hufu"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."provider_sessions" ADD CONSTRAINT "provider_sessions_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "hufu"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."provider_sessions" ADD CONSTRAINT "provider_sessions_identity_id_identities_id_fk" FOREIGN KEY ("identity_id") REFERENCES "hufu"."identities"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."passkeys" ADD CONSTRAINT "passkeys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "hufu"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."known_networks" ADD CONSTRAINT "known_networks_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "hufu"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."service_keys" ADD CONSTRAINT "service_keys_service_service_accounts_name_fk" FOREIGN KEY ("service") REFERENCES "hufu"."service_accounts"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "hufu"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."sessions" ADD CONSTRAINT "sessions_superseded_by_sessions_id_fk" FOREIGN KEY ("superseded_by") REFERENCES "hufu"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hufu"."past_emails" ADD CONSTRAINT "past_emails_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "hufu"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "operator_events_by_time" ON "hufu"."operator_events" USING btree ("at");--> statement-breakpoint
CREATE INDEX "security_events_by_user" ON "hufu"."security_events" USING btree ("user_id","at","id");--> statement-breakpoint
CREATE INDEX "security_events_by_time" ON "hufu"."security_events" USING btree ("at");--> statement-breakpoint
CREATE INDEX "challenges_by_user" ON "hufu"."challenges" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "challenges_by_email" ON "hufu"."challenges" USING btree ("email_key");--> statement-breakpoint
CREATE INDEX "challenges_by_end" ON "hufu"."challenges" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "links_open_by_user" ON "hufu"."links" USING btree ("user_id","operation") WHERE "hufu"."links"."used_at" is null and "hufu"."links"."voided_at" is null;--> statement-breakpoint
CREATE INDEX "links_by_end" ON "hufu"."links" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "mails_by_due" ON "hufu"."mails" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "identities_by_user" ON "hufu"."identities" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "provider_logouts_by_end" ON "hufu"."provider_logouts" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "provider_sessions_by_identity" ON "hufu"."provider_sessions" USING btree ("identity_id");--> statement-breakpoint
CREATE INDEX "provider_sessions_by_sid" ON "hufu"."provider_sessions" USING btree ("sid");--> statement-breakpoint
CREATE INDEX "passkeys_by_user" ON "hufu"."passkeys" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "known_networks_by_user" ON "hufu"."known_networks" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "known_networks_by_time" ON "hufu"."known_networks" USING btree ("seen_at");--> statement-breakpoint
CREATE INDEX "rate_limits_by_end" ON "hufu"."rate_limits" USING btree ("expire");--> statement-breakpoint
CREATE INDEX "service_keys_by_service" ON "hufu"."service_keys" USING btree ("service","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "sessions_one_live_per_slot" ON "hufu"."sessions" USING btree ("user_id","slot") WHERE "hufu"."sessions"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "sessions_by_user" ON "hufu"."sessions" USING btree ("user_id","signed_in_at","id");--> statement-breakpoint
CREATE INDEX "sessions_live_by_user" ON "hufu"."sessions" USING btree ("user_id","signed_in_at","id") WHERE "hufu"."sessions"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "sessions_live_by_end" ON "hufu"."sessions" USING btree ("expires_at") WHERE "hufu"."sessions"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "sessions_ended_by_end" ON "hufu"."sessions" USING btree ("ended_at") WHERE "hufu"."sessions"."ended_at" is not null;--> statement-breakpoint
CREATE INDEX "sessions_ended_by_transaction" ON "hufu"."sessions" USING btree ("ended_in") WHERE "hufu"."sessions"."ended_in" is not null;--> statement-breakpoint
CREATE INDEX "sessions_superseded_by" ON "hufu"."sessions" USING btree ("superseded_by") WHERE "hufu"."sessions"."superseded_by" is not null;--> statement-breakpoint
CREATE INDEX "past_emails_by_key" ON "hufu"."past_emails" USING btree ("email_key");--> statement-breakpoint
CREATE INDEX "past_emails_by_user" ON "hufu"."past_emails" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "past_emails_by_time" ON "hufu"."past_emails" USING btree ("replaced_at");--> statement-breakpoint
CREATE INDEX "users_unfinished" ON "hufu"."users" USING btree ("id") WHERE "hufu"."users"."traces_left" or "hufu"."users"."sessions_ended_before" is not null;