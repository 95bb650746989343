// The films that are being encoded, wait or have failed, and mails. The list is refreshed every few seconds.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { badge, el, formatDate } from "./dom.js";
import { table } from "./table.js";
import { notify } from "./toast.js";
import { link, poll, progress } from "./video-status.js";

const STATES = { running: "Running", waiting: "Waiting", failed: "Failed" };
const KINDS = {
  ingest: "Reading the file", unit: "Video", audio: "Audio", captions: "Captions", thumbnail: "Thumbnail",
  storyboard: "Preview images", activation: "E-mail to activate an account", reset: "E-mail to choose a password",
};

export function show(root, signal) {
  const totals = el("p");
  const list = table({
    signal,
    path: "/api/admin/jobs/films/",
    onLoad: ({ counts }) =>
      (totals.textContent = Object.keys(STATES).map((name) => `${counts[name]} ${name}`).join(", ")),
    label: "Jobs",
    noun: "job",
    empty: "Nothing is running, waiting or failed.",
    columns: [
      { key: "title", title: "For", cell: target },
      { key: "kinds", title: "What", cell: work },
      { key: "state", title: "State", cell: (state) => badge(STATES, state) },
      { key: "progress", title: "Details", cell: details },
      { key: "do", title: "Actions", cell: (_, job) => retryButton(job, list.reload) },
    ],
    filters: [{ name: "state", label: "State", options: STATES }],
  });
  const dashboard = el("a", { href: "/admin/queues/" }, "Queue dashboard");
  root.append(el("div.heading", el("h1", "Jobs"), totals, dashboard), list.node);
  poll(list.reload, signal);
}

const target = (title, { video_id: id }) => (id ? link({ id, title }) : title);

function work(kinds, { units_done: done, units_total: total }) {
  const name = (kind) => (kind === "unit" && total > 1 ? `Video (${done} of ${total} parts)` : KINDS[kind] ?? kind);
  return Object.keys(KINDS).filter((kind) => kinds.includes(kind)).map((kind) => el("div", name(kind)));
}

function details(_, job) {
  const { state, error, attempts, not_before: start } = job;
  if (state === "running") return job.units_total ? progress(job) : "–";
  const delay = state === "waiting" && new Date(start) > new Date() && `Next try ${formatDate(start)}`;
  const tried = state === "failed" && attempts > 1 && `Tried ${attempts} times`;
  const parts = [error && el("span", { class: state === "failed" ? "error" : null }, error),
    (delay || tried) && el("small.note", delay || tried)];
  return parts.some(Boolean) ? parts : "–";
}

function retryButton({ state, video_id: id, title }, reload) {
  if (state !== "failed" || !id) return "–";
  const retry = async () => {
    await api(`/api/admin/videos/${id}/retry/`, { method: "POST" });
    notify(`The failed jobs of “${title}” will be tried again.`);
  };
  return button("Try again", () => retry().finally(reload), { "aria-label": `Try again: ${title}` });
}
