/** What the routes work with: the packages behind them. */
import type { Auth } from "@revops/auth";
import type { Clock } from "@revops/core";
import type { Database } from "@revops/database";
import type { Marketplace } from "@revops/marketplace";
import type { Payments } from "@revops/payments";
import type { Saas } from "@revops/saas";

export interface ApiServices {
  readonly database: Database;
  readonly clock: Clock;
  readonly auth: Auth;
  readonly saas: Saas;
  readonly payments: Payments;
  readonly marketplace: Marketplace;
}
