// The title, category and description of a video. Each is saved when its field loses the focus.

import { api } from "./api.js";
import { el } from "./dom.js";
import { form } from "./form.js";
import { notify } from "./toast.js";

/** `save(changes)` gets the fields that differ from what is saved. */
export function metadataForm({ title, category, description }, save, label) {
  const saved = { title, category, description };
  let isDirty = false;

  async function submit() {
    do {
      isDirty = false;
      const changed = [...new FormData(node)].filter(([name, value]) => value !== saved[name]);
      if (!changed.length) break;
      const changes = Object.fromEntries(changed);
      await save(changes);
      Object.assign(saved, changes);
    } while (isDirty); // another field was changed in the meantime
    notify("Saved.");
  }

  const node = form({ submit, fields: [
    { name: "title", label: "Title", value: title, required: true, maxlength: 200 },
    { name: "category", label: "Category", value: category, maxlength: 100, list: "categories" },
    { name: "description", label: "Description", value: description, type: "textarea", maxlength: 5000 },
  ] });
  node.ariaLabel = label;
  node.addEventListener("change", () => {
    isDirty = true;
    node.requestSubmit();
  });
  return node;
}

export function categoryList() {
  const node = el("datalist", { id: "categories" });
  api("/api/admin/videos/?per_page=1").then(
    ({ categories }) => node.append(...categories.map((value) => new Option(value, value))),
    () => {}, // suggestions are optional
  );
  return node;
}
