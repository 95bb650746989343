// Uploads video files, several at once. Their metadata can be edited while they are being uploaded.

import { button, filePicker } from "./buttons.js";
import { confirm } from "./dialog.js";
import { el, formatBytes, formatLeft, setText } from "./dom.js";
import { categoryList, metadataForm } from "./metadata.js";
import { showError } from "./toast.js";
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
  const more = () => ({ ...(allowDuplicates.checked && { again: "yes" }), ...(asDrafts.checked && { draft: "yes" }) });
  const add = (files) => uploads.add(files, undefined, more()).catch(showError);
  const picker = filePicker("Choose video files", add, { multiple: true, accept: uploads.VIDEO_FILES });
  const addFolder = (files) => add(files.filter(uploads.isVideo));
  const folderPicker = filePicker("Choose a folder", addFolder, { multiple: true, webkitdirectory: true });
  const drag = (event) => {
    event.preventDefault();
    area.classList.toggle("over", event.type === "dragover");
    if (event.type === "drop") add([...event.dataTransfer.files]);
  };
  const listeners = { ondragover: drag, ondragleave: drag, ondrop: drag };
  const area = el("div.drop", listeners, "Drop video files here, or ", picker, folderPicker,
    el("label", allowDuplicates, "Also upload files that are already in the library"),
    el("label", asDrafts, "As drafts, which only administrators see"));
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
  const node = el("li.card", el("h2", entry.filename), message, bar, figures, encoding,
    el("p.buttons", toggle, picker, remove), metadata);

  const showFailure = (promise) =>
    promise.catch((error) => {
      entry.detail = error.message;
      update();
    });

  function update() {
    const { state, detail, offset, result } = entry;
    setText(message, [STATES[state], detail].filter(Boolean).join(" "));
    message.className = ["refused", "failed"].includes(state) ? "error" : "";
    bar.value = offset;
    bar.hidden = figures.hidden = FINISHED.includes(state);
    figures.textContent = progressText(entry);
    encoding.replaceChildren(...(result ? [link(result), " ", ...status(result)] : []));
    toggle.textContent = ACTIVE.includes(state) ? "Pause" : "Resume";
    toggle.hidden = ![...ACTIVE, "paused", "failed"].includes(state);
    picker.hidden = state !== "receiving";
    remove.textContent = FINISHED.includes(state) ? "Remove" : "Cancel…";
    remove.hidden = state === "checking";
    metadata.hidden = state === "refused" || Boolean(entry.video);
  }

  return { node, update };
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
