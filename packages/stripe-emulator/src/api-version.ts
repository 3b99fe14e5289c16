import type Stripe from "stripe";

/** The version whose shapes the emulator answers in: the one the SDK pins. A newer SDK makes this line fail to compile. */
export const apiVersion: Stripe.LatestApiVersion = "2026-10-28.endive";
