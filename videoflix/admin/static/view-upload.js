// Films come in: dropped or chosen, several at once, and described while they are on their way.

import { button, chooser } from "./buttons.js";
import { confirm } from "./dialog.js";
import { bytes, el, say, seconds } from "./dom.js";
import { link, poll, status } from "./film.js";
import { categories, texts } from "./texts.js";
import { fail } from "./toast.js";
import * as uploads from "./uploads.js";

const UNDER_WAY = ["waiting", "sending", "stalled"];
const OVER = ["done", "refused"];
const WORDS = {
  waiting: "Waits for the others.",
  sending: "On its way.",
  stalled: "Interrupted, goes on by itself.",
  paused: "Paused.",
  failed: "Stopped.",
  receiving: "Begun earlier: choose the same file again to go on.",
  checking: "Arrived; the server looks at it.",
  refused: "Refused.",
  done: "Arrived.",
};

export function show(root, signal) {
  const list = el("ul.uploads", { "aria-label": "Uploads" });
  const again = el("input", { type: "checkbox" });
  const take = (files) => uploads.add(files, undefined, again.checked).catch(fail);
  const choose = chooser("Choose films", take, { multiple: true, accept: uploads.FILMS });
  const drag = (event) => {
    event.preventDefault();
    area.classList.toggle("over", event.type === "dragover");
    if (event.type === "drop") take([...event.dataTransfer.files]);
  };
  const drags = { ondragover: drag, ondragleave: drag, ondrop: drag };
  const area = el("div.drop", drags, "Drop films here, or ", choose,
    el("label", again, " also those that are in the library already"));
  const cards = new Map();

  function update(entry) {
    if (!cards.has(entry)) {
      cards.set(entry, card(entry));
      list.prepend(cards.get(entry).node);
    }
    const { node, update: show } = cards.get(entry);
    if (entry.state !== "gone") return show();
    const isFocused = node.contains(document.activeElement);
    node.remove();
    if (isFocused) choose.querySelector("input").focus();
  }

  root.append(el("h1", "Upload"), area, categories(), list);
  uploads.entries.toReversed().forEach(update);
  uploads.changes.addEventListener("change", ({ detail }) => update(detail), { signal });
  poll(() => uploads.entries.some(uploads.isAwaited) && uploads.refresh(), signal);
  uploads.refresh().catch(fail);
}

function card(entry) {
  const told = el("p", { role: "status" });
  const bar = el("progress", { "aria-label": `${entry.filename}: sent`, max: entry.length, value: 0 });
  const figures = el("p");
  const film = el("p.making");
  const toggle = button("Pause", () => (UNDER_WAY.includes(entry.state) ? uploads.pause : uploads.goOn)(entry));
  const choose = chooser("Choose the same file", (file) => attempt(uploads.resume(entry, file)));
  const remove = button("Cancel…", () => attempt(callOff(entry)), { class: "quiet" });
  const about = texts(entry, (fields) => uploads.describe(entry, fields), `About ${entry.filename}`);
  const node = el("li.card", el("h2", entry.filename), told, bar, figures, film,
    el("p.buttons", toggle, choose, remove), about);

  const attempt = (work) =>
    work.catch((error) => {
      entry.detail = error.message;
      update();
    });

  function update() {
    const { state, detail, offset } = entry;
    say(told, [WORDS[state], detail].filter(Boolean).join(" "));
    told.className = ["refused", "failed"].includes(state) ? "wrong" : "";
    bar.value = offset;
    bar.hidden = figures.hidden = OVER.includes(state);
    figures.textContent = sent(entry);
    film.replaceChildren(...(entry.film ? [link(entry.film), " ", ...status(entry.film)] : []));
    toggle.textContent = UNDER_WAY.includes(state) ? "Pause" : "Continue";
    toggle.hidden = ![...UNDER_WAY, "paused", "failed"].includes(state);
    choose.hidden = state !== "receiving";
    remove.textContent = OVER.includes(state) ? "Remove" : "Cancel…";
    remove.hidden = state === "checking";
    about.hidden = state === "refused" || Boolean(entry.video);
  }

  return { node, update };
}

function sent({ offset, length, speed }) {
  const words = [`${bytes(offset)} of ${bytes(length)}`];
  if (speed) words.push(`${bytes(speed)}/s`, `${seconds((length - offset) / speed)} left`);
  return words.join(", ");
}

async function callOff(entry) {
  const question = `Cancel the upload of ${entry.filename}?`;
  const isOver = OVER.includes(entry.state);
  if (isOver || (await confirm(question, "Cancel the upload"))) await uploads.cancel(entry);
}
