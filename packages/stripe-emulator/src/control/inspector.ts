import type { Deliveries } from "../events/deliveries.ts";
import type { Kind } from "../store/kinds.ts";
import type { ObjectStore } from "../store/objects.ts";
import { escapeHtml, htmlPage, htmlTable } from "./html.ts";

const link = (id: string) =>
  `<a href="/_emulator/objects/${encodeURIComponent(id)}"><code>${escapeHtml(id)}</code></a>`;
const time = (seconds: number) => escapeHtml(new Date(seconds * 1000).toISOString());

/** The front page: how many objects of each kind, the latest events and what became of their deliveries. */
export function inspectorPage(objects: ObjectStore, deliveries: Deliveries, now: Date): string {
  const kinds = objects
    .counts()
    .map(({ kind, count }) => [
      `<a href="/_emulator?kind=${encodeURIComponent(kind)}">${escapeHtml(kind)}</a>`,
      String(count),
    ]);
  const events = objects
    .page("event", {}, { limit: 50 })
    .data.map((event) => [
      time(event.created),
      escapeHtml(event.type),
      link(event.id),
      "id" in event.data.object ? link(String(event.data.object.id)) : "",
    ]);
  const sent = deliveries
    .list(50)
    .map((one) => [
      link(one.event),
      link(one.endpoint),
      escapeHtml(one.state),
      String(one.attempts),
      escapeHtml(one.error ?? one.status ?? ""),
    ]);
  return htmlPage(
    "Stripe emulator",
    `<h1>Stripe emulator</h1>
<p>The clock says <code>${escapeHtml(now.toISOString())}</code>.</p>
<h2>Objects</h2>${htmlTable(["Kind", "Count"], kinds)}
<h2>Events</h2>${htmlTable(["Time", "Type", "Event", "Object"], events)}
<h2>Deliveries</h2>${htmlTable(["Event", "Endpoint", "State", "Attempts", "Last answer"], sent)}`,
  );
}

/** The newest hundred of one kind. */
export function kindPage(objects: ObjectStore, kind: Kind): string {
  const { data } = objects.page(kind, {}, { limit: 100 });
  const rows = data.map((object) => [
    link(object.id),
    escapeHtml("status" in object ? object.status : ""),
    "created" in object ? time(object.created) : "",
  ]);
  return htmlPage(
    kind,
    `<h1><a href="/_emulator">Stripe emulator</a> / ${escapeHtml(kind)}</h1>${htmlTable(["Id", "Status", "Created"], rows)}`,
  );
}

export function objectPage(object: { id: string; object: string }): string {
  return htmlPage(
    object.id,
    `<h1><a href="/_emulator">Stripe emulator</a> / <a href="/_emulator?kind=${encodeURIComponent(object.object)}">${escapeHtml(object.object)}</a> / ${escapeHtml(object.id)}</h1>
<pre>${escapeHtml(JSON.stringify(object, null, 2))}</pre>`,
  );
}
