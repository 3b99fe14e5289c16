/** A payment that its payer's bank takes back, until it is decided. https://docs.stripe.com/disputes */
export type DisputeStatus = "open" | "won" | "lost";
