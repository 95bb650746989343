// The captions of a video: adds files, names their languages, and shows what is in them.

import { api } from "./api.js";
import { button, dropArea, filePicker } from "./buttons.js";
import { confirm, tell } from "./dialog.js";
import { count, el, formatSeconds, refill } from "./dom.js";
import { notify, showError } from "./toast.js";

const FILES = ".srt,.vtt,text/vtt,application/x-subrip";
const KINDS = { full: "Everything", forced: "Foreign speech only", sdh: "For the hard of hearing" };
const UNKNOWN = "und";
const REGIONAL = ["es-419", "pt-BR", "zh-Hans", "zh-Hant"];
const NAMES = new Intl.DisplayNames("en", { type: "language", fallback: "none" });

/** `path` is that of the video, `reload()` shows the page again → {node, update(video)} */
export function captionCard(path, reload) {
  let shown = null;
  const list = el("ul.lines");
  const picker = filePicker("Choose files", add, { multiple: true, accept: FILES });
  const node = el("section", { "aria-label": "Captions" }, el("h2", "Captions"), list,
    dropArea((files) => add(files).catch(showError), "Drop SRT or WebVTT files here, or ", picker),
    el("p.hint", "The language is guessed from names like film.de.srt. Captions that were in the video file come back ",
      "when it is encoded again."));

  async function add(files) {
    const failures = [];
    for (const file of files) {
      const query = new URLSearchParams({ filename: file.name });
      await api(`${path}captions/?${query}`, { method: "POST", body: file }).catch(({ message }) => failures.push(`${file.name}: ${message}`));
    }
    const added = files.length - failures.length;
    if (added) notify(`${count(added, "caption file")} added.`);
    if (failures.length) showError(failures.join(" "));
    await reload();
  }

  function change(id, options) {
    shown = null; // also if it fails, the list shows what is saved
    return api(`${path}captions/${id}/`, options).finally(reload);
  }

  async function remove({ id, name }) {
    if (!(await confirm(`Delete the captions “${name}”?`, "Delete"))) return;
    await change(id, { method: "DELETE" });
    notify(`The captions “${name}” have been deleted.`);
  }

  async function preview({ id, name }) {
    const cues = await readCues(`${path}captions/${id}/`);
    const line = (cue) => el("li", el("small", formatSeconds(cue.startTime)), el("span", cue.getCueAsHTML()));
    const lines = el("ol.cues", { tabindex: 0, "aria-label": `Captions “${name}”` }, cues.map(line));
    await tell(`${name}: ${count(cues.length, "caption")}`, lines);
  }

  function row(captions) {
    const { id, language, kind, name } = captions;
    const choose = (label, options, value, body) =>
      el("select", { "aria-label": `${label} of ${name}`, onchange: ({ target }) => change(id, { method: "PATCH", body: { language, kind, ...body(target.value) } }).catch(showError) },
        options.map(([key, text]) => new Option(text, key, false, key === value)));
    return el("li", { "data-id": id },
      choose("Language", languages(language), language, (language) => ({ language })),
      choose("Kind", Object.entries(KINDS), kind, (kind) => ({ kind })),
      button("Preview", () => preview(captions), { "aria-label": `Preview ${name}` }),
      button("Delete…", () => remove(captions), { class: "danger", "aria-label": `Delete ${name}…` }));
  }

  function update({ captions }) {
    if (JSON.stringify(captions) === shown) return;
    shown = JSON.stringify(captions);
    refill(list, captions.map(row));
  }

  return { node, update };
}

/** All languages with a code of two letters, some regional ones, and `current`: [[tag, name]] by name. */
function languages(current) {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  const codes = [...letters].flatMap((first) => [...letters].map((second) => first + second));
  const isCurrent = (code) => Intl.getCanonicalLocales(code)[0] === code; // not a code that was replaced
  const tags = new Set([...codes.filter(isCurrent), ...REGIONAL, ...(current && current !== UNKNOWN ? [current] : [])]);
  const named = [...tags].map((tag) => [tag, NAMES.of(tag) ?? (tag === current && tag)]).filter(([, name]) => name);
  return [[UNKNOWN, "Unknown language"], ...named.sort(([, a], [, b]) => a.localeCompare(b))];
}

/** The browser's own parser reads them. */
async function readCues(src) {
  await api("/api/me/"); // refreshes an expired access token, which a track would not
  return new Promise((resolve, reject) => {
    const onerror = () => reject(new Error("The captions cannot be read."));
    const node = el("track", { kind: "captions", src, onload: () => resolve([...node.track.cues]), onerror });
    el("video", node);
    node.track.mode = "hidden"; // is what loads it
  });
}
