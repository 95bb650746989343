// The log: who did what, and when.

import { date, el } from "./dom.js";
import { SEARCH, table } from "./table.js";

export function show(root, signal) {
  const list = table({
    signal,
    path: "/api/admin/audit/",
    label: "What has been done",
    noun: "entry",
    empty: "Nobody has changed anything yet.",
    columns: [
      { key: "at", title: "When", cell: (at) => el("time", { datetime: at }, date(at)) },
      { key: "who", title: "Who" },
      { key: "action", title: "What" },
      { key: "label", title: "Whom", cell: (label, { target }) => [label, " ", el("small", target)] },
      { key: "detail", title: "How", cell: (detail) => Object.entries(detail).map(line) },
    ],
    filters: [SEARCH],
  });
  root.append(el("h1", "Log"), list.node);
}

/** A change is a pair: from what to what. */
function line([name, value]) {
  const words = (one) => (typeof one === "string" ? `“${one}”` : JSON.stringify(one));
  const text = Array.isArray(value) && value.length === 2 ? value.map(words).join(" → ") : words(value);
  return el("div", `${name}: ${text}`);
}
