// What is told of a film: how it comes about, in words and as a bar, and what it is then.

import { bytes, date, el, seconds } from "./dom.js";

const EVERY = 2000; // milliseconds
export const STATUS = [["queued", "Waiting"], ["encoding", "Encoding"], ["ready", "Ready"], ["failed", "Failed"]];
const WORDS = new Map(STATUS);
const CLASSES = { ready: "good", failed: "wrong" };

export const FACTS = [
  { key: "duration", title: "Length", sort: true, cell: (film) => seconds(film.duration) },
  { key: "rungs", title: "Resolutions", cell: (film) => film.rungs.join(", ") || "–" },
  { key: "bytes", title: "Size", sort: true, cell: (film) => bytes(film.bytes) },
  { key: "created_at", title: "Added", sort: true, cell: (film) => date(film.created_at) },
];

export const isMaking = ({ status }) => status === "queued" || status === "encoding";

/** Whether something will still change by itself: the picture of a film may come after the film. */
export const isGrowing = (film) =>
  isMaking(film) || (film.is_playable && !film.thumbnail_error && !film.thumbnail_url.includes("?v="));

/** The status, and if the film is being made how far that is. */
export function status(film) {
  const told = [el("span", { class: `tag ${CLASSES[film.status] ?? ""}` }, WORDS.get(film.status)), " "];
  if (isMaking(film)) {
    const words = [`${Math.floor(film.progress * 100)}\u00a0%`];
    if (film.speed) words.push(`${film.speed.toFixed(1)}×`);
    if (film.left != null) words.push(`${seconds(film.left)} left`);
    told.push(el("progress", { value: film.progress, "aria-label": `${film.title}: encoded` }), " ");
    told.push(el("small", {}, words.join(", ")));
  }
  if (film.error) told.push(el("small", { class: "wrong" }, film.error));
  return told;
}

/** Calls `work` again and again until `signal`, while the page can be seen, and never twice at once. */
export async function poll(work, signal) {
  for (;;) {
    await new Promise((done) => setTimeout(done, EVERY));
    if (signal.aborted) return;
    try {
      if (!document.hidden) await work();
    } catch {
      // the next time may be better
    }
  }
}
