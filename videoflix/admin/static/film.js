// What is told of a film: how it comes about, in words and as a bar, and what it is then.

import { bytes, date, el, seconds, tag } from "./dom.js";

const EVERY = 2000; // milliseconds
export const STATUS = { queued: "Waiting", encoding: "Encoding", ready: "Ready", failed: "Failed" };

export const FACTS = [
  { key: "duration", title: "Length", sort: true, cell: seconds },
  { key: "rungs", title: "Resolutions", cell: (rungs) => rungs.join(", ") || "–" },
  { key: "bytes", title: "Size", sort: true, cell: bytes },
  { key: "created_at", title: "Added", sort: true, cell: date },
];

export const isMaking = ({ status }) => ["queued", "encoding"].includes(status);

/** Whether something will still change by itself: the picture of a film may come after the film. */
export const isGrowing = (film) =>
  isMaking(film) || (film.is_playable && !film.thumbnail_error && !film.thumbnail_url.includes("?v="));

export const link = ({ id, title }) => el("a", { href: `#/videos/${id}` }, title);

/** The status, and if the film is being made how far that is. */
export function status(film) {
  const told = [tag(STATUS, film.status), " "];
  if (isMaking(film)) told.push(...howFar(film));
  if (film.error) told.push(el("small.wrong", film.error));
  told.push(...film.notes.map((note) => el("small.note", note)));
  return told;
}

/** A bar, and in words how far the encoding of a film is, its speed and the time that is left. */
export function howFar({ title, progress, speed, left }) {
  const words = [`${Math.floor(progress * 100)}\u00a0%`];
  if (speed) words.push(`${speed.toFixed(1)}×`);
  if (left != null) words.push(`${seconds(left)} left`);
  const bar = el("progress", { value: progress, "aria-label": `${title}: encoded` });
  return [bar, " ", el("small", words.join(", "))];
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
