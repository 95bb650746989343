// The audit log: who did what, and when.

import { SENTENCES } from "./audit-sentences.js";
import { el, formatBytes, formatDate } from "./dom.js";
import { SEARCH, table } from "./table.js";

const PAGES = {
  group: (id) => `#/groups/${id}`,
  guest_link: () => "#/guests",
  invitation: () => "#/invitations",
  series: (id) => `#/series/${id}`,
  upload: () => "#/upload",
  user: (_, label) => `#/users?q=${encodeURIComponent(label)}`,
  video: (id) => `#/videos/${id}`,
};

export function show(root, signal) {
  const list = table({
    signal,
    path: "/api/admin/audit/",
    label: "Audit log",
    noun: "entry",
    empty: "There are no entries yet.",
    columns: [
      { key: "at", title: "Time", cell: (at) => el("time", { datetime: at }, formatDate(at)) },
      { key: "label", title: "Event", cell: sentence },
      { key: "detail", title: "Details", cell: (detail, { action }) => Object.entries(detail).map(line(action)) },
    ],
    filters: [SEARCH],
  });
  root.append(el("h1", "Audit log"), list.node);
}

/** For example: Anna deleted the film “Heat”. An action of an older version has no sentence. */
function sentence(label, { who, name, action, target }) {
  const subject = name ?? (who === "a command" ? "A command" : who);
  const [before, after] = (SENTENCES[action] ?? `${action} %`).split("%");
  return [el("strong", subject), ` ${before}`, object(label, target, action), `${after}.`,
    el("small.note", [name && who, target].filter(Boolean).join(", "))];
}

function object(label, target, action) {
  const [kind, id] = target?.split(":") ?? [];
  const page = !action.endsWith(".delete") && PAGES[kind]?.(id, label);
  const text = ["user", "invitation"].includes(kind) ? label : `“${label}”`;
  return page ? el("a", { href: page }, text) : text;
}

/** Of an edit: what a field was and is. */
const line = (action) => ([name, value]) => {
  const isChange = /\.(edit|audience)$/.test(action) && Array.isArray(value);
  const format = (one) => {
    if (Array.isArray(one)) return one.map(format).join(", ");
    if (name === "bytes") return formatBytes(one);
    return typeof one === "string" ? `“${one}”` : { null: "nothing", true: "yes", false: "no" }[one] ?? String(one);
  };
  return el("div", `${name.replaceAll("_", " ")}: ${isChange ? value.map(format).join(" → ") : format(value)}`);
};
