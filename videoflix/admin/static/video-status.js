// Shows the properties of a video and the progress of its encoding, in the list and on its own page.

import { badge, el, formatBytes, formatDate, formatLeft, formatSeconds } from "./dom.js";

const POLL_INTERVAL = 2000; // milliseconds
const MIN_SPEED = 0.05; // is shown as 0.1×
export const STATUS = { queued: "Waiting", encoding: "Encoding", ready: "Ready", failed: "Failed" };

export const PROPERTIES = [
  { key: "duration", title: "Length", sort: true, cell: formatSeconds },
  { key: "resolutions", title: "Resolutions", cell: (labels) => labels.join(", ") || "–" },
  { key: "bytes", title: "Size", sort: true, cell: formatBytes },
  { key: "created_at", title: "Added", sort: true, cell: formatDate },
];

export const isEncoding = ({ status }) => ["queued", "encoding"].includes(status);

export const isPending = (video) =>
  isEncoding(video) || (video.is_playable && !video.thumbnail_error && !video.thumbnail_url.includes("?v="));

export const link = ({ id, title }) => el("a", { href: `#/videos/${id}` }, title);

export function status(video) {
  const parts = [badge(STATUS, video.status), " "];
  if (video.status === "encoding") parts.push(...progress(video));
  if (video.error) parts.push(el("small.error", video.error));
  parts.push(...video.notes.map((note) => el("small.note", note)));
  return parts;
}

/** The speed is only told once it is more than a guess: a part that has just begun has hardly any. */
export function progress({ title, progress: value, speed, left }) {
  const parts = [`${Math.floor(value * 100)}\u00a0%`];
  if (speed >= MIN_SPEED) parts.push(`${speed.toFixed(1)}×`, left != null && formatLeft(left));
  const bar = el("progress", { value, "aria-label": `${title}: encoded` });
  return [bar, " ", el("small", parts.filter(Boolean).join(", "))];
}

/** Calls `update` repeatedly until `signal` is aborted, while the page is visible. Calls never overlap. */
export async function poll(update, signal, interval = POLL_INTERVAL) {
  for (;;) {
    await new Promise((done) => setTimeout(done, interval));
    if (signal.aborted) return;
    try {
      if (!document.hidden) await update();
    } catch {
    }
  }
}
