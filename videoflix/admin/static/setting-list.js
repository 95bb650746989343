// The settings that are no secret, with the place where each was set. Loaded when they are opened.

import { api } from "./api.js";
import { el } from "./dom.js";
import { showError } from "./toast.js";

const SOURCES = { environment: "Environment", ".env": ".env", automatic: "Automatic", default: "Default" };

export function settingList(signal) {
  const rows = el("tbody", { role: "rowgroup" });
  const head = el("tr", { role: "row" }, ["Setting", "Value", "From", "Meaning"].map((title) =>
    el("th", { role: "columnheader", scope: "col" }, title)));
  const grid = el("table.settings", { role: "table", "aria-label": "Settings" }, el("thead", { role: "rowgroup" }, head), rows);
  const ontoggle = ({ target }) => target.open && !rows.children.length && load().catch(showError);
  const hint = "They are environment variables or lines of .env, and are read when the server starts. Secrets are not shown.";

  async function load() {
    const { items } = await api("/api/admin/settings/", { signal });
    rows.replaceChildren(...items.map(row));
  }

  return el("details.card", { ontoggle }, el("summary", el("h2", "Settings")), el("p.hint", hint),
    el("div.scroll", { tabindex: 0, role: "region", "aria-label": "Settings" }, grid));
}

const row = ({ name, value, source, help }) =>
  el("tr", { role: "row", class: source === "default" ? null : "changed" },
    cell("Setting", el("code", name)), cell("Value", value || "–"), cell("From", SOURCES[source] ?? source),
    cell("Meaning", help.split("`").map((part, index) => (index % 2 ? el("code", part) : part))));

const cell = (title, content) => el("td", { role: "cell", "data-label": title }, content);
