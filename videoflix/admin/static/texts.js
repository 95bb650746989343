// What people write about a film: title, category, description, each saved when it is left.

import { api } from "./api.js";
import { el } from "./dom.js";
import { form } from "./form.js";
import { tell } from "./toast.js";

/** A form; `save(changed)` gets the fields that are not as they were. */
export function texts({ title, category, description }, save, label) {
  const saved = { title, category, description };
  let isDue = false;

  async function submit() {
    do {
      isDue = false;
      const changes = [...new FormData(node)].filter(([name, value]) => value !== saved[name]);
      if (!changes.length) break;
      const changed = Object.fromEntries(changes);
      await save(changed);
      Object.assign(saved, changed);
    } while (isDue); // another field was left meanwhile
    tell("Saved.");
  }

  const node = form({ submit, fields: [
    { name: "title", label: "Title", value: title, required: true, maxlength: 200 },
    { name: "category", label: "Category", value: category, maxlength: 100, list: "categories" },
    { name: "description", label: "Description", value: description, type: "textarea", maxlength: 5000 },
  ] });
  node.ariaLabel = label;
  node.addEventListener("change", () => {
    isDue = true;
    node.requestSubmit();
  });
  return node;
}

/** The categories that there are, for the fields that ask for one. */
export function categories() {
  const node = el("datalist", { id: "categories" });
  api("/api/admin/videos/?per_page=1").then(
    (told) => node.append(...told.categories.map((value) => new Option(value, value))),
    () => {}, // they are a help and no more
  );
  return node;
}
