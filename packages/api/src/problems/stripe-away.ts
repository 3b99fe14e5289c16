/** What a route that asks Stripe may answer when Stripe is away, or refuses for reasons that are none of the client's. */
export const stripeAway = ["stripe_unavailable", "stripe_rate_limited", "stripe_rejected"] as const;
