// Exports the library as a file, and imports it again after showing what would change.

import { api } from "./api.js";
import { count, el } from "./dom.js";
import { form } from "./form.js";
import { notify, showError } from "./toast.js";

const STORAGE_KEY = "import"; // the chosen file survives a reload

export function show(root) {
  const result = el("div", { "aria-live": "polite" });
  const hint = "An edited export from this page. Rows are matched by their id.";
  const accept = ".csv,.json,text/csv,application/json";
  const chooseFile = form({
    action: "Preview changes",
    fields: [{ name: "file", label: "CSV or JSON file", type: "file", required: true, accept, hint }],
    async submit({ file }) {
      result.replaceChildren();
      const type = /\.json$/i.test(file.name) ? "application/json" : "text/csv";
      // One character per byte: the server detects the encoding of the text.
      const text = Array.from(new Uint8Array(await file.arrayBuffer()), (byte) => String.fromCharCode(byte)).join("");
      await preview({ name: file.name, type, text }, result);
    },
  });
  const download = (kind) => el("a.button", { href: `/api/admin/library.${kind}`, download: "" }, kind.toUpperCase());
  root.append(
    el("h1", "Import and export"),
    el("section.card", el("h2", "Export"),
      el("p", "Download the metadata of all videos, to edit it in a spreadsheet or a text editor."),
      el("p.tabs", download("csv"), download("json"))),
    el("section.card", el("h2", "Import"), chooseFile, result),
  );
  const kept = sessionStorage.getItem(STORAGE_KEY);
  if (kept) preview(JSON.parse(kept), result).catch(showError);
}

function upload({ type, text }, isDryRun) {
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  return api(`/api/admin/library/?dry_run=${isDryRun}`, { method: "POST", body: new Blob([bytes], { type }) });
}

async function preview(file, result) {
  const { changed, unchanged, skipped } = await upload(file, true);
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(file));
  } catch {
    sessionStorage.removeItem(STORAGE_KEY); // the file is too large
  }
  const reset = () => {
    sessionStorage.removeItem(STORAGE_KEY);
    result.replaceChildren();
  };
  const submit = async () => {
    const done = await upload(file, false);
    notify(`${count(done.changed.length, "video")} changed.`);
    reset();
  };
  const title = `${file.name}: ${count(changed.length, "video")} would change, ${unchanged} would stay the same`;
  result.replaceChildren(el("h3", title), el("ul", changed.map(change)));
  if (skipped.length) {
    const lines = skipped.map(({ line, detail }) => el("li", `Line ${line}: ${detail}`));
    result.append(el("h3", `${count(skipped.length, "row")} skipped`), el("ul.error", lines));
  }
  if (changed.length) result.append(form({ action: "Apply changes", submit, cancel: reset }));
}

function change({ title, fields }) {
  const lines = Object.entries(fields).map(([name, [before, after]]) =>
    el("li", `${name}: `, el("del", shown(name, before)), " → ", el("ins", shown(name, after))));
  return el("li", title, el("ul", lines));
}

function shown(name, value) {
  if (name === "groups") return value ? value.join(", ") || "administrators" : "everyone";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value ?? "") || "empty";
}
