// Uploads video files, several at once. Their metadata can be edited while they are being uploaded.

import { button, dropArea, filePicker } from "./buttons.js";
import { confirm } from "./dialog.js";
import { count, el, formatBytes, formatLeft, setText } from "./dom.js";
import { categoryList, metadataForm } from "./metadata.js";
import { notify, showError } from "./toast.js";
import * as uploads from "./uploads.js";
import { link, poll, status } from "./video-status.js";

const ACTIVE = ["waiting", "sending", "stalled"];
const FINISHED = ["done", "refused"];
const STATES = {
  waiting: "Waiting for other uploads.",
  sending: "Uploading.",
  stalled: "Interrupted. It resumes automatically.",
  paused: "Paused.",
  failed: "Stopped.",
  receiving: "Started earlier. Choose the same file again to resume.",
  checking: "Uploaded. The server is checking the file.",
  refused: "Rejected.",
  done: "Uploaded.",
};

export function show(root, signal) {
  const list = el("ul.uploads", { "aria-label": "Uploads" });
  const allowDuplicates = el("input", { type: "checkbox" });
  const asDrafts = el("input", { type: "checkbox" });
  const category = el("input", { list: "categories", maxlength: 100, onchange: () => setCategories(category.value) });
  const more = () => ({ ...(allowDuplicates.checked && { again: "yes" }), ...(asDrafts.checked && { draft: "yes" }),
    ...(category.value && { category: category.value }) });
  const add = (files) => uploads.add(files, undefined, more()).catch(showError);
  const picker = filePicker("Choose video files", add, { multiple: true, accept: uploads.VIDEO_FILES });
  const addFolder = (files) => add(files.filter(uploads.isVideo));
  const folderPicker = filePicker("Choose a folder", addFolder, { multiple: true, webkitdirectory: true });
  const area = dropArea(add, "Drop video files here, or ", picker, folderPicker,
    el("label", allowDuplicates, "Also upload files that are already in the library"),
    el("label", asDrafts, "As drafts, which only administrators see"),
    el("label", "Category for all", category));
  const cards = new Map();

  function update(entry) {
    if (!cards.has(entry)) {
      cards.set(entry, makeCard(entry));
      list.prepend(cards.get(entry).node);
    }
    const { node, update: show } = cards.get(entry);
    if (entry.state !== "removed") return show();
    const isFocused = node.contains(document.activeElement);
    node.remove();
    if (isFocused) picker.querySelector("input").focus();
  }

  async function setCategories(value) {
    const uploaded = uploads.editable();
    try {
      for (const entry of uploaded) {
        await uploads.setCategory(entry, value);
        cards.get(entry).metadata.elements.category.value = value;
      }
      if (uploaded.length) notify(`The category of ${count(uploaded.length, "upload")} has been changed.`);
    } catch (error) {
      showError(error);
    }
  }

  root.append(el("h1", "Upload"), area, categoryList(), list);
  uploads.entries.toReversed().forEach(update);
  uploads.changes.addEventListener("change", ({ detail }) => update(detail), { signal });
  poll(() => uploads.entries.some(uploads.isPending) && uploads.refresh(), signal);
  uploads.refresh().catch(showError);
}

function makeCard(entry) {
  const message = el("p", { role: "status" });
  const bar = el("progress", { "aria-label": `${entry.filename}: uploaded`, max: entry.length, value: 0 });
  const figures = el("p");
  const encoding = el("p.status");
  const toggle = button("Pause", () => (ACTIVE.includes(entry.state) ? uploads.pause : uploads.resume)(entry));
  const picker = filePicker("Choose the same file", (file) => showFailure(uploads.resumeWith(entry, file)));
  const remove = button("Cancel…", () => showFailure(cancel(entry)), { class: "subtle" });
  const metadata = metadataForm(entry, (fields) => uploads.setMetadata(entry, fields), `Metadata of ${entry.filename}`);
  const details = el("details", el("summary", "Title, category, description"), metadata);
  const node = el("li.card", el("div.upload", el("h2", entry.filename), message, figures, encoding,
    el("p.buttons", toggle, picker, remove)), bar, details);

  const showFailure = (promise) =>
    promise.catch((error) => {
      entry.detail = error.message;
      update();
    });

  function update() {
    const { state, detail, offset, result, duplicateOf } = entry;
    setText(message, [STATES[state], detail].filter(Boolean).join(" "));
    message.className = ["refused", "failed"].includes(state) ? "error" : "";
    bar.value = offset;
    bar.hidden = figures.hidden = FINISHED.includes(state);
    figures.textContent = progressText(entry);
    const known = duplicateOf ? [link({ id: duplicateOf, title: "Show the video" })] : [];
    encoding.replaceChildren(...(result ? [link(result), " ", ...status(result)] : known));
    toggle.textContent = ACTIVE.includes(state) ? "Pause" : "Resume";
    toggle.hidden = ![...ACTIVE, "paused", "failed"].includes(state);
    picker.hidden = state !== "receiving";
    remove.textContent = FINISHED.includes(state) ? "Remove" : "Cancel…";
    remove.hidden = state === "checking";
    details.hidden = state === "refused" || Boolean(entry.video);
  }

  return { node, update, metadata };
}

function progressText({ offset, length, speed }) {
  const parts = [`${formatBytes(offset)} of ${formatBytes(length)}`];
  if (speed) parts.push(`${formatBytes(speed)}/s`, formatLeft((length - offset) / speed));
  return parts.join(", ");
}

async function cancel(entry) {
  const question = `Cancel the upload of ${entry.filename}?`;
  const isFinished = FINISHED.includes(entry.state);
  if (isFinished || (await confirm(question, "Cancel upload"))) await uploads.cancel(entry);
}
