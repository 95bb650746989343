// Jobs that are running, waiting or failed. The list is refreshed every few seconds.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { badge, el, formatDate } from "./dom.js";
import { table } from "./table.js";
import { notify } from "./toast.js";
import { link, poll, progress } from "./video-status.js";

const STATES = { running: "Running", waiting: "Waiting", failed: "Failed" };

export function show(root, signal) {
  const totals = el("p");
  const list = table({
    signal,
    path: "/api/admin/jobs/",
    onLoad: ({ counts }) =>
      (totals.textContent = Object.keys(STATES).map((name) => `${counts[name]} ${name}`).join(", ")),
    label: "Jobs",
    noun: "job",
    empty: "There are no jobs.",
    columns: [
      { key: "kind", title: "Job", cell: (kind, { number }) => (number ? `${kind} ${number}` : kind) },
      { key: "title", title: "For", cell: target },
      { key: "state", title: "State", cell: (state) => badge(STATES, state) },
      { key: "progress", title: "Details", cell: details },
      { key: "attempts", title: "Attempts" },
      { key: "do", title: "Actions", cell: (_, job) => retryButton(job, list.reload) },
    ],
    filters: [{ name: "state", label: "State", options: STATES }],
  });
  const dashboard = el("a", { href: "/admin/queues/" }, "Queue dashboard");
  root.append(el("div.heading", el("h1", "Jobs"), totals, dashboard), list.node);
  poll(list.reload, signal);
}

const target = (title, { video_id: id }) => (id ? link({ id, title }) : title);

function details(_, job) {
  const { state, error, not_before: start } = job;
  if (state === "running") return progress(job);
  const delay = state === "waiting" && new Date(start) > new Date() && `not before ${formatDate(start)}`;
  return [error, delay].filter(Boolean).join("; ") || "–";
}

function retryButton({ state, video_id: id, title }, reload) {
  if (state !== "failed" || !id) return "–";
  const retry = async () => {
    await api(`/api/admin/videos/${id}/retry/`, { method: "POST" });
    notify(`The failed jobs of “${title}” will be tried again.`);
  };
  return button("Try again", () => retry().finally(reload), { "aria-label": `Try again: ${title}` });
}
