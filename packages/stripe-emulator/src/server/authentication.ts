import { StripeFailure } from "../errors.ts";

/**
 * The key of a request: `Authorization: Bearer sk_test_…`, or Basic with the key as user name as `curl -u` sends it.
 * Any `sk_test_` key is good and sees the same account; anything else is Stripe's 401.
 */
export function authenticate(header: string | undefined): string {
  const [scheme, credentials = ""] = (header ?? "").split(" ", 2);
  const key =
    scheme?.toLowerCase() === "basic"
      ? (Buffer.from(credentials, "base64").toString("utf8").split(":", 1)[0] ?? "")
      : credentials;
  if (key === "") {
    throw new StripeFailure(401, {
      type: "invalid_request_error",
      message:
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
    });
  }
  if (!/^sk_test_\w+$/.test(key)) {
    throw new StripeFailure(401, {
      type: "invalid_request_error",
      message: `Invalid API Key provided: ${key.slice(0, 8)}${"*".repeat(Math.max(0, Math.min(20, key.length - 8)))}`,
    });
  }
  return key;
}
