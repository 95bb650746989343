// The library as a file, out and in again. What a file would change is shown before anything does change.

import { api } from "./api.js";
import { count, el } from "./dom.js";
import { form } from "./form.js";
import { fail, tell } from "./toast.js";

const KEPT = "import"; // the file that was chosen outlives a reload

export function show(root) {
  const place = el("div", { "aria-live": "polite" });
  const hint = "One that was saved here, and then changed: rows are known by their id.";
  const accept = ".csv,.json,text/csv,application/json";
  const chosen = form({
    action: "Show what would change",
    fields: [{ name: "file", label: "A CSV or JSON file", type: "file", required: true, accept, hint }],
    async submit({ file }) {
      place.replaceChildren();
      const type = /\.json$/i.test(file.name) ? "application/json" : "text/csv";
      // The bytes as they are: the server finds out in which encoding they were written.
      const text = Array.from(new Uint8Array(await file.arrayBuffer()), (byte) => String.fromCharCode(byte)).join("");
      await preview({ name: file.name, type, text }, place);
    },
  });
  const save = (kind) => el("a.button", { href: `/api/admin/library.${kind}`, download: "" }, kind.toUpperCase());
  root.append(
    el("h1", "Import and export"),
    el("section.card", el("h2", "Export"),
      el("p", "All videos, for a spreadsheet or an editor."),
      el("p.tabs", save("csv"), save("json"))),
    el("section.card", el("h2", "Import"), chosen, place),
  );
  const kept = sessionStorage.getItem(KEPT);
  if (kept) preview(JSON.parse(kept), place).catch(fail);
}

function bring({ type, text }, isTrial) {
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  return api(`/api/admin/library/?dry_run=${isTrial}`, { method: "POST", body: new Blob([bytes], { type }) });
}

async function preview(file, place) {
  const { changed, unchanged, skipped } = await bring(file, true);
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(file));
  } catch {
    sessionStorage.removeItem(KEPT); // too large to be kept
  }
  const drop = () => {
    sessionStorage.removeItem(KEPT);
    place.replaceChildren();
  };
  const submit = async () => {
    const done = await bring(file, false);
    tell(`${count(done.changed.length, "video")} changed.`);
    drop();
  };
  const words = `${file.name}: ${count(changed.length, "video")} would change, ${unchanged} would not`;
  place.replaceChildren(el("h3", words), el("ul", changed.map(change)));
  if (skipped.length) {
    const lines = skipped.map(({ line, detail }) => el("li", `Line ${line}: ${detail}`));
    place.append(el("h3", `${count(skipped.length, "row")} left out`), el("ul.wrong", lines));
  }
  if (changed.length) place.append(form({ action: "Make these changes", submit, cancel: drop }));
}

function change({ title, fields }) {
  const lines = Object.entries(fields).map(([name, [old, now]]) =>
    el("li", `${name}: `, el("del", old || "nothing"), " → ", el("ins", now || "nothing")));
  return el("li", title, el("ul", lines));
}
