CREATE INDEX "saas_reservations_lapsed" ON "saas_reservations" ("subject_id","expires_at") WHERE state = 'held';
