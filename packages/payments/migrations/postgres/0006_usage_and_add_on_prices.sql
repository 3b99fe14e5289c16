CREATE TABLE "payments_usage_prices" (
	"tier" text NOT NULL,
	"interval" text NOT NULL,
	"feature" text NOT NULL,
	"stripe_price_id" text,
	"stripe_meter_id" text,
	CONSTRAINT "payments_usage_prices_tier_interval_feature_unique" PRIMARY KEY("tier","interval","feature")
);
CREATE TABLE "payments_add_on_prices" (
	"add_on" text NOT NULL,
	"interval" text NOT NULL,
	"stripe_price_id" text NOT NULL,
	"amount" bigint NOT NULL,
	"currency" text NOT NULL,
	CONSTRAINT "payments_add_on_prices_add_on_interval_unique" PRIMARY KEY("add_on","interval")
);
