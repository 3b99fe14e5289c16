import type { Deliveries } from "../events/deliveries.ts";
import type { RequestLog } from "../server/request-log.ts";
import type { Kind } from "../store/kinds.ts";
import type { ObjectStore } from "../store/objects.ts";
import { escapeHtml, htmlBadge, htmlPage, htmlTable } from "./html.ts";
import { formatMoney } from "./money.ts";

const link = (id: string) =>
  `<a href="/_emulator/objects/${encodeURIComponent(id)}"><code>${escapeHtml(id)}</code></a>`;
const time = (seconds: number) =>
  `<time>${new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19)}</time>`;
const home = `<a href="/_emulator">Stripe emulator</a>`;

/** What an object is worth, where it says so. */
function amountOf(object: object): string {
  const fields = new Map<string, unknown>(Object.entries(object));
  const amount = fields.get("amount") ?? fields.get("total") ?? fields.get("unit_amount");
  const currency = fields.get("currency");
  return typeof amount === "number" && typeof currency === "string" ? escapeHtml(formatMoney(amount, currency)) : "";
}

/** For who followed a link that is wrong, or has ended. */
export function refusalPage(message: string): string {
  const body = `<header><h1>This cannot be shown</h1></header><p>${escapeHtml(message)}</p><p>What there is: ${home}</p>`;
  return htmlPage("This cannot be shown", body, "narrow");
}

export interface InspectorOptions {
  objects: ObjectStore;
  deliveries: Deliveries;
  log: RequestLog;
  now: Date;
}

/** The front page: how many objects of each kind, the latest events and what became of their deliveries. */
export function inspectorPage({ objects, deliveries, log, now }: InspectorOptions): string {
  const kinds = objects
    .counts()
    .map(
      ({ kind, count }) =>
        `<li><a href="/_emulator?kind=${encodeURIComponent(kind)}">${escapeHtml(kind)} <strong>${count}</strong></a></li>`,
    );
  const latest = objects.page("event", {}, { limit: 50 });
  const events = latest.data.map((event) => [
    time(event.created),
    escapeHtml(event.type),
    link(event.id),
    "id" in event.data.object ? link(String(event.data.object.id)) : "",
  ]);
  const requests = log
    .list(50)
    .map((one) => [
      time(one.at),
      `<code>${escapeHtml(`${one.method} ${one.path}`)}</code>`,
      htmlBadge(one.status === 0 ? "cut" : one.status),
      escapeHtml(one.code ?? ""),
      escapeHtml([one.fault, one.replayed ? "replayed" : null].filter((note) => note !== null).join(", ")),
    ]);
  const sent = deliveries
    .list(50)
    .map((one) => [
      link(one.event),
      link(one.endpoint),
      htmlBadge(one.state),
      String(one.attempts),
      escapeHtml(one.error ?? one.status ?? ""),
      `<form class="inline" method="post" action="/_emulator/events/${encodeURIComponent(one.event)}/resend"><button>Send again</button></form>`,
    ]);
  return htmlPage(
    "Stripe emulator",
    `<header><h1>Stripe emulator</h1><span class="muted">The clock says ${time(now.getTime() / 1000)} UTC</span></header>
<h2>Objects</h2>${kinds.length === 0 ? `<p class="empty">Nothing yet. Send a request with any <code>sk_test_</code> key.</p>` : `<ul class="kinds">${kinds.join("")}</ul>`}
<h2>Latest events</h2>${htmlTable(
      [{ heading: "Time (UTC)" }, { heading: "Type" }, { heading: "Event" }, { heading: "Object" }],
      events,
      {
        empty: "No event yet: they appear when objects are made or change.",
      },
    )}
<h2>Requests</h2>${htmlTable(
      [
        { heading: "Time (UTC)" },
        { heading: "Request" },
        { heading: "Answer" },
        { heading: "Error" },
        { heading: "Note" },
      ],
      requests,
      { empty: "No request since the start." },
    )}
<h2>Webhooks sent</h2>${htmlTable(
      [
        { heading: "Event" },
        { heading: "Endpoint" },
        { heading: "State" },
        { heading: "Attempts", number: true },
        { heading: "Last answer" },
        { heading: "" },
      ],
      sent,
      { empty: "None sent: make an endpoint with POST /v1/webhook_endpoints or --webhook." },
    )}`,
  );
}

/** The newest hundred of one kind. */
export function kindPage(objects: ObjectStore, kind: Kind): string {
  const { data, hasMore } = objects.page(kind, {}, { limit: 100 });
  const rows = data.map((object) => [
    link(object.id),
    htmlBadge("status" in object ? object.status : ""),
    "created" in object ? time(object.created) : "",
    amountOf(object),
  ]);
  return htmlPage(
    kind,
    `<header><h1>${home} / ${escapeHtml(kind)}</h1>${hasMore ? `<span class="muted">the newest 100</span>` : ""}</header>
${htmlTable([{ heading: "Id" }, { heading: "Status" }, { heading: "Created (UTC)" }, { heading: "Amount", number: true }], rows)}`,
  );
}

export function objectPage(object: { id: string; object: string }): string {
  return htmlPage(
    object.id,
    `<header><h1>${home} / <a href="/_emulator?kind=${encodeURIComponent(object.object)}">${escapeHtml(object.object)}</a> / ${escapeHtml(object.id)}</h1>
${htmlBadge("status" in object ? object.status : "")}<span class="muted">${amountOf(object)}</span></header>
<pre tabindex="0">${escapeHtml(JSON.stringify(object, null, 2))}</pre>`,
  );
}
