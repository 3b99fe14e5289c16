CREATE TABLE "payments_usage_prices" (
	"tier" text NOT NULL,
	"interval" text NOT NULL,
	"feature" text NOT NULL,
	"stripe_price_id" text,
	"stripe_meter_id" text,
	PRIMARY KEY("tier", "interval", "feature")
) STRICT;
CREATE TABLE "payments_add_on_prices" (
	"add_on" text NOT NULL,
	"interval" text NOT NULL,
	"stripe_price_id" text NOT NULL,
	"amount" integer NOT NULL,
	"currency" text NOT NULL,
	PRIMARY KEY("add_on", "interval")
) STRICT;
