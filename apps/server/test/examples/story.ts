/**
 * The examples as one story: Ada signs up, pays, buys and sells; Charles buys from her; Mary looks after the whole. Each
 * step is an operation told as the document shows it, with the ids, codes and addresses of this server in place of its own.
 */
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createJobs } from "@revops/jobs";
import type { NewListing } from "@revops/marketplace";
import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { eventually } from "../client.ts";
import { signInAtGitHub } from "../providers.ts";
import type { TestServer } from "../server.ts";
import type { Answer, Teller, Telling } from "./teller.ts";

type Headers = Readonly<Record<string, string>>;
interface Person {
  readonly id: string;
  readonly email: string;
  readonly session: Headers;
  readonly accessToken: string;
  readonly refreshToken: string;
}

const day = 86_400;
const usd = (amount: number) => ({ amount, currency: "usd" });
export const redirectTo = "https://app.example.com/signed-in";
export const adminEmail = "mary@example.com";

export async function tellStory(server: TestServer, { tell }: Teller): Promise<void> {
  const { url, service } = server;
  const told = async (name: string, telling?: Telling): Promise<Answer> => (await tell(name, telling)).body;

  const personOf = ({ user, accessToken, refreshToken }: Answer): Person => ({
    id: user.id,
    email: user.email,
    session: { authorization: `Bearer ${accessToken}` },
    accessToken,
    refreshToken,
  });
  /** Somebody else, of whom the document says nothing. */
  async function somebody(name: string): Promise<Person> {
    const body = JSON.stringify({ email: `${name}@example.com`, password: "correct horse battery", name });
    const headers = { "content-type": "application/json" };
    return personOf(await (await fetch(`${url}/api/v1/auth/register`, { method: "POST", headers, body })).json());
  }
  const letters = new Set<string>();
  /** The code of the next letter to that address. */
  async function codeFor(to: string, subject = /./): Promise<string> {
    let code: string | undefined;
    await eventually(async () => {
      const response = await fetch(`${url}/dev/outbox`, { headers: { accept: "application/json" } });
      const { data } = (await response.json()) as { data: { to: string; subject: string; text: string }[] };
      const wanted = data.filter((letter) => letter.to === to && subject.test(letter.subject));
      const codes = wanted.map(({ text }) => /rvc_\S+/.exec(text)?.[0]);
      code = codes.find((each) => each !== undefined && !letters.has(each));
      expect(code).toBeDefined();
    });
    letters.add(code ?? "");
    return code ?? "";
  }
  const settle = () => eventually(async () => expect((await service.payments.webhooks.counts()).received).toBe(0));

  // The server.
  await told("get /health");
  await told("get /ready");
  await told("get /docs");
  await told("get /billing/pricing");

  // Ada signs up.
  const ada = personOf(await told("post /auth/register"));
  const asAda = { as: ada.session };
  await told("get /auth/me", asAda);
  await told("get /billing/usage", asAda);
  await told("get /billing/subscription", asAda);
  const again = personOf(await told("post /auth/login"));
  await told("get /auth/sessions", asAda);
  await told("post /auth/validate", { body: { token: ada.accessToken } });
  await told("post /auth/refresh", { body: { refreshToken: again.refreshToken } });
  const other = personOf(await told("post /auth/login"));
  await told("post /auth/logout", { as: other.session });
  await told("patch /auth/me", asAda);
  await told("post /auth/email/verification", asAda);
  await told("post /auth/email/verify", { body: { code: await codeFor(ada.email) } });
  const session = (await (await fetch(`${url}/api/v1/auth/sessions`, { headers: ada.session })).json()) as Answer;
  const [elsewhere] = session.data.filter(({ current }: Answer) => !current);
  await told("delete /auth/sessions/{id}", { ...asAda, params: { id: elsewhere.id } });

  // Keys.
  const key = await told("post /auth/keys", asAda);
  await told("get /auth/keys", asAda);
  const rotated = await told("post /auth/keys/{id}/rotate", { ...asAda, params: { id: key.id } });
  await told("post /auth/keys/{id}/revoke", { ...asAda, params: { id: rotated.id } });
  await told("get /auth/audit", asAda);

  // Signing in by GitHub, where she is known by the same address.
  const begun = await tell("get /auth/oauth/{provider}");
  const cookie = begun.response.headers.getSetCookie().join().split("; ")[0] ?? "";
  const back = new URL(await signInAtGitHub(begun.response.headers.get("location") ?? ""));
  const came = { query: Object.fromEntries(back.searchParams), headers: { cookie } };
  const { response } = await tell("get /auth/oauth/{provider}/callback", came);
  const code = new URL(response.headers.get("location") ?? "").searchParams.get("code");
  await told("post /auth/oauth/exchange", { body: { code } });
  await told("get /auth/identities", asAda);
  await told("delete /auth/identities/{provider}", asAda);
  await told("post /auth/identities/{provider}", asAda);

  // Several people, one subject.
  const charles = await somebody("charles");
  const organization = await told("post /organizations", asAda);
  const ofOrganization = { ...asAda, params: { id: organization.id } };
  await told("get /organizations", asAda);
  await told("get /organizations/{id}", ofOrganization);
  const invitations = "/organizations/{id}/invitations";
  await told(`post ${invitations}`, ofOrganization);
  await told(`get ${invitations}`, ofOrganization);
  await told("post /auth/invitations/accept", {
    as: charles.session,
    body: { code: await codeFor(charles.email, /^Join/) },
  });
  await told("get /organizations/{id}/members", ofOrganization);
  const member = { ...asAda, params: { id: organization.id, userId: charles.id } };
  await told("patch /organizations/{id}/members/{userId}", member);
  await told("delete /organizations/{id}/members/{userId}", member);
  // Charles is known to have his address by now, and is asked again.
  const asked = await told(`post ${invitations}`, ofOrganization);
  await told("get /auth/invitations", { as: charles.session });
  await told("delete /auth/invitations/{id}", { as: charles.session, params: { id: asked.id } });
  const taken = await told(`post ${invitations}`, ofOrganization);
  const invitation = { id: organization.id, invitationId: taken.id };
  await told(`delete ${invitations}/{invitationId}`, { ...asAda, params: invitation });
  const last = await told(`post ${invitations}`, ofOrganization);
  await told("post /auth/invitations/{id}/accept", { as: charles.session, params: { id: last.id } });
  await told("get /organizations/{id}/audit", ofOrganization);
  await told("patch /organizations/{id}", ofOrganization);
  await told("post /organizations/{id}/transfer", { ...ofOrganization, body: { userId: charles.id } });
  await told("delete /organizations/{id}", { as: charles.session, params: { id: organization.id } });

  // Ada pays.
  const hooks = await told("post /webhooks/endpoints", { ...asAda, body: { url: "http://127.0.0.1:9/" } });
  const card = await told("post /billing/payment-methods", asAda);
  await told("get /billing/payment-methods", asAda);
  await told("post /billing/portal", asAda);
  await told("post /billing/checkout", { as: charles.session });
  await told("put /billing/subscription", asAda);
  await settle();
  const invoices = await told("get /billing/invoices", asAda);
  await told("get /billing/invoices/{id}", { ...asAda, params: { id: invoices.data[0].id } });
  await told("post /billing/payment-methods/{id}/default", { ...asAda, params: { id: card.id } });

  // What she uses.
  await told("post /billing/usage", asAda);
  await told("get /billing/usage/events", asAda);
  const today = new Date(server.now()).toISOString().slice(0, 10);
  const tomorrow = new Date(server.now() + day * 1_000).toISOString().slice(0, 10);
  const query = { from: `${today}T00:00:00Z`, to: `${tomorrow}T00:00:00Z` };
  await told("get /billing/usage/history", { ...asAda, query });
  await told("post /billing/usage/reservations", asAda);
  await told("get /billing/usage/reservations", asAda);
  await told("get /billing/usage/reservations/{id}", asAda);
  await told("post /billing/usage/reservations/{id}/commit", asAda);
  await told("post /billing/usage/reservations", { ...asAda, body: { id: "render-43" } });
  await told("post /billing/usage/reservations/{id}/release", asAda);
  const { verdict } = await told("post /billing/usage/explain", asAda);
  await told("get /billing/usage/verdicts/{id}", { ...asAda, params: { id: verdict.id } });
  await told("put /billing/spend-caps", asAda);
  await told("get /billing/spend-caps", asAda);
  await told("delete /billing/spend-caps", asAda);
  await told("get /billing/preview", asAda);
  await told("post /billing/preview", asAda);
  await told("post /billing/what-if", asAda);
  // The upgrade ended the free cycle, which is closed a minute later.
  await server.advance(61);
  await service.saas.cycles.close(ada.id);
  const cycles = await told("get /billing/cycles", asAda);
  await told("get /billing/cycles/{id}", { ...asAda, params: { id: cycles.data[0].id } });

  // What she is told.
  const endpoint = { ...asAda, params: { id: hooks.id } };
  await told("get /webhooks/endpoints", asAda);
  await told("get /webhooks/endpoints/{id}", endpoint);
  await told("patch /webhooks/endpoints/{id}", endpoint);
  await told("post /webhooks/endpoints/{id}/rotate", endpoint);
  const ping = await told("post /webhooks/endpoints/{id}/test", endpoint);
  await told("get /webhooks/endpoints/{id}/deliveries", { ...endpoint, query: { limit: "1" } });
  const delivery = { ...asAda, params: { id: hooks.id, deliveryId: ping.id } };
  await told("get /webhooks/endpoints/{id}/deliveries/{deliveryId}", delivery);
  await told("post /webhooks/endpoints/{id}/deliveries/{deliveryId}/resend", delivery);
  await told("delete /webhooks/endpoints/{id}", endpoint);

  // Mary is the admin of the server.
  const mary = await somebody("mary");
  await told("post /auth/email/verification", { as: mary.session });
  await told("post /auth/email/verify", { body: { code: await codeFor(mary.email) } });
  const asMary = { as: mary.session };

  // Ada sells, once Mary has looked at what.
  const listing = await told("post /marketplace/packages", asAda);
  const ofListing = { ...asAda, params: { id: listing.id } };
  await told("get /marketplace/publisher/packages", asAda);
  await told("post /marketplace/packages/{id}/versions", ofListing);
  const looked = { ...asMary, params: { id: listing.id } };
  const moderation = "/admin/marketplace/packages/{id}";
  await told("get /admin/marketplace/packages", asMary);
  await told(`post ${moderation}/reject`, looked);
  await told("post /marketplace/packages/{id}/publish", ofListing);
  await told(`post ${moderation}/approve`, looked);
  await told(`post ${moderation}/suspend`, looked);
  await told(`post ${moderation}/reinstate`, looked);
  await told(`get ${moderation}/history`, looked);
  await told("patch /marketplace/packages/{id}", ofListing);
  await told("post /marketplace/search", { as: charles.session });
  await told("get /marketplace/packages/{id}", looked);

  // Charles buys.
  const asCharles = { as: charles.session };
  const bought = { ...asCharles, params: { id: listing.id } };
  await told("post /billing/payment-methods", asCharles);
  const { purchase } = await told("post /marketplace/packages/{id}/purchase", bought);
  await told("get /marketplace/purchases", asCharles);
  const ofPurchase = { ...asCharles, params: { id: purchase.id } };
  await told("get /marketplace/purchases/{id}", ofPurchase);
  await told("get /marketplace/packages/{id}/{version}/download", bought);
  const link = await told("post /marketplace/packages/{id}/{version}/download-link", bought);
  await told("get /marketplace/downloads/{token}", { params: { token: link.url.split("/").at(-1) } });
  await told("post /marketplace/packages/{id}/reviews", bought);
  await told("patch /marketplace/packages/{id}/reviews/mine", bought);
  await told("get /marketplace/packages/{id}/reviews", bought);
  await told("delete /marketplace/packages/{id}/reviews/mine", bought);

  // His licence.
  await told("get /marketplace/license-keys");
  const [license] = (await told("get /marketplace/licenses", asCharles)).data;
  const ofLicense = { ...asCharles, params: { id: license.id } };
  await told("post /marketplace/licenses/activate", { body: { key: license.key } });
  await told("get /marketplace/licenses/{id}", ofLicense);
  await told("post /marketplace/licenses/validate", { body: { key: license.key } });
  await told("post /marketplace/licenses/deactivate", { body: { key: license.key } });
  await told("post /marketplace/licenses/{id}/sign", ofLicense);
  await told("post /marketplace/licenses/{id}/rotate", ofLicense);

  // Other things that are for sale: a course, and what is paid by the month.
  async function offered(more: Pick<NewListing, "kind" | "slug" | "name" | "course" | "interval">): Promise<string> {
    const about = { summary: "…", category: "courses", publisherId: ada.id, description: "", tags: [], publish: true };
    const { id } = await service.marketplace.listings.create({ ...about, price: usd(900), ...more });
    await service.marketplace.moderation.approve({ listingId: id, moderatorId: mary.id });
    await service.marketplace.orders.purchase({ buyerId: charles.id, listingId: id });
    return id;
  }
  const lessons = [{ id: "shapes", title: "Shapes" }];
  const course = await offered({ kind: "course", slug: "shacl-in-depth", name: "SHACL in depth", course: { lessons } });
  const ofCourse = { ...asCharles, params: { id: course } };
  await told("get /marketplace/packages/{id}/progress", ofCourse);
  await told("post /marketplace/packages/{id}/lessons/{lesson}/complete", ofCourse);
  const certificate = await told("post /marketplace/packages/{id}/certificate", ofCourse);
  await told("get /marketplace/certificates/{certificateId}", { params: { certificateId: certificate.id } });
  await told("get /marketplace/certificates/{certificateId}/page", { params: { certificateId: certificate.id } });
  await offered({ kind: "service", slug: "support", name: "Support", interval: "month" });
  const [monthly] = (await service.marketplace.orders.list(charles.id, { limit: 1 })).data;
  await told("post /marketplace/purchases/{id}/cancel", { ...asCharles, params: { id: monthly?.id ?? "" } });

  // What Ada earned.
  await told("post /marketplace/purchases/{id}/refund", { ...asAda, params: { id: purchase.id } });
  await told("get /marketplace/publisher/balances", asAda);
  await told("get /marketplace/publisher/entries", { ...asAda, query: { limit: "1" } });
  const month = {
    from: new Date(server.now() - day * 1_000).toISOString(),
    to: new Date(server.now() + day * 1_000).toISOString(),
  };
  await told("get /marketplace/publisher/statement", { ...asAda, query: month });
  const account = await told("post /marketplace/publisher/account", asAda);
  await told("post /marketplace/publisher/account/onboarding", asAda);
  await server.advance(15 * day);
  await eventually(async () => expect((await service.payments.webhooks.counts()).received).toBe(0));
  const signedIn = await told("post /auth/login");
  const adaLater = { as: personOf(signedIn).session };
  const maryLater = { as: personOf(await told("post /auth/login", { body: { email: mary.email } })).session };
  const charlesLater = personOf(await told("post /auth/login", { body: { email: charles.email } }));
  // The payouts that follow a jump find no account that can be paid; with one, nothing would be left to ask for.
  await sleep(1_000);
  await service.emulator?.completeOnboarding(account.id);
  await told("get /marketplace/publisher/account", adaLater);
  await told("post /marketplace/publisher/payouts", adaLater);
  await told("get /marketplace/publisher/payouts", adaLater);
  await told("post /admin/marketplace/payouts", maryLater);

  // The end of a version, and of the listing.
  const later = { ...adaLater, params: { id: listing.id } };
  await told("post /marketplace/packages/{id}/versions/{version}/deprecate", later);
  await told("post /marketplace/packages/{id}/versions/{version}/yank", later);
  await told("post /marketplace/packages/{id}/withdraw", later);

  // What Mary agrees upon with Charles.
  const subject = { ...maryLater, params: { id: charles.id } };
  await told("post /admin/subjects/{id}/trial", subject);
  await told("put /admin/subjects/{id}/grants/{grant}", subject);
  await told("put /admin/subjects/{id}/discounts/{discount}", subject);
  await told("get /admin/subjects/{id}/entitlement", subject);
  await told("delete /admin/subjects/{id}/discounts/{discount}", subject);
  await told("delete /admin/subjects/{id}/grants/{grant}", subject);
  await told("post /admin/subjects/{id}/plan-version", subject);
  await told("put /admin/subjects/{id}/tier", subject);
  await told("put /admin/subjects/{id}/custom-tier", subject);
  await told("put /admin/subjects/{id}/overrides", subject);
  // The plans as shipped have none.
  await told("put /admin/subjects/{id}/add-ons/{addOn}", { ...subject, problem: "unknown_add_on" });
  await told("delete /admin/subjects/{id}/tier", subject);
  const versions = await told("get /admin/plans/versions", maryLater);
  await told("get /admin/plans/diff", { ...maryLater, query: { from: versions.data[0].version } });
  await told("post /admin/credits", { ...maryLater, body: { subjectId: charles.id } });
  const asCharlesLater = { as: charlesLater.session };
  await told("get /billing/credits", asCharlesLater);
  await told("get /billing/credits/{id}/entries", asCharlesLater);
  await told("post /admin/credits/void", { ...maryLater, body: { subjectId: charles.id } });
  await told("post /admin/marketplace/licenses/{id}/revoke", { ...maryLater, params: { id: license.id } });
  const { kid } = await told("post /admin/marketplace/license-keys", maryLater);
  await told("post /admin/marketplace/license-keys", maryLater);
  await told("delete /admin/marketplace/license-keys/{id}", { ...maryLater, params: { id: kid } });

  // Stripe's events, and whether the copies and the books are right.
  const event = Buffer.from(
    JSON.stringify({
      id: "evt_1",
      object: "event",
      type: "tax_rate.created",
      created: 1,
      data: { object: { id: "txr_1" } },
    }),
  );
  await told("post /webhooks/stripe", { body: event, headers: await signatureOf(server, event) });
  await told("get /admin/webhooks", maryLater);
  const { data: events } = await told("get /admin/webhooks/events", maryLater);
  await told("get /admin/webhooks/events/{id}", { ...maryLater, params: { id: events[0].id } });
  const died = await dead(server, events[0].id);
  await told("get /admin/webhooks/dead", maryLater);
  await told("get /admin/webhooks/dead/{id}", { ...maryLater, params: { id: died } });
  await told("post /admin/webhooks/dead/{id}/replay", { ...maryLater, params: { id: died } });
  await told("post /admin/webhooks/replay", maryLater);
  await told("post /admin/webhooks/backfill", { ...maryLater, body: { since: new Date(server.now()).toISOString() } });
  await told("post /admin/drift", maryLater);
  await told("get /admin/ledger/verify", maryLater);
  await told("get /admin/ledger/entries", maryLater);

  // A month is over: what Stripe was told of Ada's use, and charged.
  await server.advance(16 * day);
  const signIn = async (email: string) => ({
    as: personOf(await told("post /auth/login", { body: { email } })).session,
  });
  const [atLast, maryAtLast] = [await signIn(ada.email), await signIn(mary.email)];
  let bill: string | undefined;
  await eventually(async () => {
    await service.saas.cycles.close(ada.id);
    const [charged] = (await service.payments.usage.list({ limit: 1 })).data;
    bill = charged?.cycleId;
    expect(charged?.state).toBe("matched");
  });
  await told("get /admin/usage-bills", maryAtLast);
  const ofBill = { ...maryAtLast, params: { id: bill ?? "" } };
  await told("get /admin/usage-bills/{id}", ofBill);
  await told("post /admin/usage-bills/{id}/charge", ofBill);
  await told("post /admin/usage-bills/{id}/reconcile", ofBill);

  // Ada leaves.
  await told("get /auth/export", atLast);
  await told("delete /billing/payment-methods/{id}", { ...atLast, params: { id: card.id } });
  await told("delete /billing/subscription", atLast);
  await told("post /auth/email/change", atLast);
  await told("post /auth/email/confirm", { body: { code: await codeFor("ada@analytical.example") } });
  await told("post /auth/password", atLast);
  await told("post /auth/password/forgot", { body: { email: "ada@analytical.example" } });
  await told("post /auth/password/reset", { body: { code: await codeFor("ada@analytical.example") } });
  const leaving = { email: "ada@analytical.example", password: "another horse battery" };
  await told("delete /auth/me", { as: personOf(await told("post /auth/login", { body: leaving })).session });
}

/** Stripe's way of signing, https://docs.stripe.com/webhooks#verify-manually */
async function signatureOf({ dataDirectory, now }: TestServer, body: Buffer): Promise<Headers> {
  const seconds = Math.floor(now() / 1_000);
  const secret = (await readFile(join(dataDirectory, "stripe-webhook-secret"), "utf8")).trim();
  const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return { "stripe-signature": `t=${seconds},v1=${mac}`, "content-type": "application/json" };
}

/** Makes an event one that was tried too often, as after a long outage. */
async function dead({ service: { database, clock }, now }: TestServer, eventId: string): Promise<string> {
  const [event] = await database.rows<{ body: string; objectId: string }>(
    sql`select body, object_id as "objectId" from payments_webhook_events where id = ${eventId}`,
  );
  // Of what is processed only the outline is left.
  const body = JSON.stringify({ ...JSON.parse(event?.body ?? ""), data: { object: { id: event?.objectId } } });
  const undone = sql`update payments_webhook_events set state = 'received', body = ${body} where id = ${eventId}`;
  await database.rows(undone);
  const runAt = new Date(now() + day * 1_000);
  const jobId = await createJobs({ database, clock }).enqueue({
    name: "payments.webhook",
    payload: { eventId },
    runAt,
  });
  await database.rows(
    sql`update jobs_jobs set state = 'dead', attempts = 20, last_error = 'Error: away' where id = ${jobId}`,
  );
  return eventId;
}
