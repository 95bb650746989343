// The library: all videos, and what can be done about several of them at once.

import { api } from "./api.js";
import { ask, confirm } from "./dialog.js";
import { count, el } from "./dom.js";
import { FACTS, isGrowing, poll, STATUS, status } from "./film.js";
import { table } from "./table.js";
import { categories } from "./texts.js";
import { fail, tell } from "./toast.js";
import { showOne } from "./video.js";

const PATH = "/api/admin/videos/";

export const show = (root, signal, id) => (id ? showOne(root, signal, id) : showAll(root, signal));

function showAll(root, signal) {
  let isBusy = false;

  async function load(query, signal) {
    const told = await api(`${PATH}?${query}`, { signal });
    isBusy = told.items.some(isGrowing);
    return told;
  }

  const empty = ["There is no video yet. ", el("a", { href: "#/upload" }, "Upload the first")];
  const videos = table({ label: "Videos", noun: "video", sort: "-created_at", select: true, load, empty,
    signal, columns: COLUMNS, filters: FILTERS, actions: ACTIONS });
  root.append(el("h1", {}, "Videos"), categories(), videos.node);
  poll(() => isBusy && videos.reload(), signal);
}

const COLUMNS = [
  { key: "picture", title: "Picture", cell: (film) => el("img", { loading: "lazy", src: film.thumbnail_url, alt: "" }) },
  { key: "title", title: "Title", sort: true, cell: ({ id, title }) => el("a", { href: `#/videos/${id}` }, title) },
  { key: "category", title: "Category", sort: true },
  { key: "status", title: "Status", sort: true, cell: status },
  ...FACTS,
];

const FILTERS = [
  { name: "q", label: "Search", type: "search" },
  { name: "category", label: "Category", type: "select", options: (told) => told.categories.filter(Boolean) },
  { name: "status", label: "Status", type: "select", options: STATUS },
  { name: "from", label: "Added from", type: "date" },
  { name: "to", label: "Added until", type: "date" },
];

const ACTIONS = [
  { label: "Category…", run: askCategory },
  { label: "Try again", run: (films) => doAll(films, { action: "retry" }, "tried again") },
  { label: "Encode again", run: (films) => doAll(films, { action: "encode" }, "to be encoded again") },
  { label: "Delete…", danger: true, run: askDelete },
];

const NO = new DOMException("The answer was no.", "AbortError"); // with it the ticks stay

async function askCategory(films) {
  const isDone = await ask({
    title: `Category of ${count(films.length, "video")}`,
    fields: [{ name: "category", label: "Category", list: "categories" }],
    submit: ({ category }) => doAll(films, { action: "category", category }, "changed"),
  });
  if (!isDone) throw NO;
}

async function askDelete(films) {
  const question = `Delete ${films.length === 1 ? `“${films[0].title}”` : count(films.length, "video")} for good?`;
  if (!(await confirm(question, { danger: true, action: "Delete" }))) throw NO;
  await doAll(films, { action: "delete" }, "deleted");
}

async function doAll(films, what, words) {
  const body = { ids: films.map(({ id }) => id), ...what };
  const { done, failed } = await api(`${PATH}bulk/`, { method: "POST", body });
  if (done.length) tell(`${count(done.length, "video")} ${words}.`);
  for (const { id, detail } of failed) fail(`${films.find((film) => film.id === id).title}: ${detail}`);
  return true;
}
