// Jobs: what is being made, what waits, what has failed; asked for again every few seconds.

import { api } from "./api.js";
import { button, date, el } from "./dom.js";
import { table } from "./table.js";
import { fail, tell } from "./toast.js";

const EVERY = 3000; // milliseconds
const STATES = { running: "Running", waiting: "Waiting", failed: "Failed" };
const EMPTY = { running: "Nothing is being made now.", waiting: "Nothing waits.", failed: "Nothing has failed." };

export function show(root, route, query) {
  const state = Object.hasOwn(STATES, query.get("state")) ? query.get("state") : "running";
  const numbers = {};
  const tabs = Object.entries(STATES).map(([name, words]) => {
    numbers[name] = el("b", {});
    const current = name === state ? "page" : null;
    return el("a", { class: "button", href: `#/jobs?state=${name}`, "aria-current": current }, words, numbers[name]);
  });
  const list = table({
    label: `${STATES[state]} jobs`,
    noun: "job",
    empty: EMPTY[state],
    columns: [
      { key: "kind", title: "What", cell: (job) => [job.kind, job.number ? ` ${job.number}` : ""] },
      { key: "title", title: "For", cell: whom },
      { key: "state", title: "How it stands", cell: standing },
      { key: "attempts", title: "Tries" },
      { key: "do", title: "Actions", cell: (job) => again(job, () => list.reload()) },
    ],
    async load(asked, signal) {
      asked.set("state", state);
      const told = await api(`/api/admin/jobs/?${asked}`, { signal });
      for (const name in numbers) numbers[name].textContent = told.counts[name];
      return told;
    },
  });
  root.append(
    el("div", { class: "heading" }, el("h1", {}, "Jobs"), el("a", { href: "/admin/queues/" }, "Queues in detail")),
    el("nav", { class: "tabs", "aria-label": "States" }, tabs),
    list.node,
  );
  const timer = setInterval(() => document.hidden || list.reload(), EVERY);
  return () => {
    clearInterval(timer);
    list.stop();
  };
}

function whom(job) {
  return job.video_id ? el("a", { href: `#/videos/${job.video_id}` }, job.title) : job.title;
}

function standing({ state, progress, speed, error, not_before: begin }) {
  if (state === "running" && progress != null) {
    const words = `${Math.round(progress * 100)} %${speed ? `, ${speed.toFixed(1)} ×` : ""}`;
    return [el("progress", { max: 1, value: progress, "aria-label": "Progress" }), " ", words];
  }
  if (error) return el("span", { class: "wrong" }, error);
  return state === "waiting" && new Date(begin) > new Date() ? `not before ${date(begin)}` : "–";
}

function again({ state, video_id: id, title }, reload) {
  if (state !== "failed" || !id) return "–";
  return button("Try again", async () => {
    try {
      tell(`${title}: ${(await api(`/api/admin/videos/${id}/retry/`, { method: "POST" })).detail}`);
    } catch (error) {
      fail(error);
    }
    await reload();
  });
}
