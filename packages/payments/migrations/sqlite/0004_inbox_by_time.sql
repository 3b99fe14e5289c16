CREATE INDEX "payments_webhook_events_received_at" ON "payments_webhook_events" ("received_at","id");
