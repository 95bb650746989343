// The audit log: who did what, and when.

import { el, formatDate } from "./dom.js";
import { SEARCH, table } from "./table.js";

export function show(root, signal) {
  const list = table({
    signal,
    path: "/api/admin/audit/",
    label: "Audit log",
    noun: "entry",
    empty: "There are no entries yet.",
    columns: [
      { key: "at", title: "Time", cell: (at) => el("time", { datetime: at }, formatDate(at)) },
      { key: "who", title: "Account" },
      { key: "action", title: "Action" },
      { key: "label", title: "Target", cell: (label, { target }) => [label, " ", el("small", target)] },
      { key: "detail", title: "Details", cell: (detail) => Object.entries(detail).map(line) },
    ],
    filters: [SEARCH],
  });
  root.append(el("h1", "Audit log"), list.node);
}

function line([name, value]) {
  const format = (one) => (typeof one === "string" ? `“${one}”` : JSON.stringify(one));
  const text = Array.isArray(value) && value.length === 2 ? value.map(format).join(" → ") : format(value);
  return el("div", `${name}: ${text}`);
}
