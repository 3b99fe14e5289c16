CREATE INDEX "saas_reservations_lapsed" ON "saas_reservations" USING btree ("subject_id","expires_at") WHERE state = 'held';
