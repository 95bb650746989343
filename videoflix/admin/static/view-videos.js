// The library: all videos, and what can be done about several of them at once.

import { api } from "./api.js";
import { ask, confirm } from "./dialog.js";
import { count, el } from "./dom.js";
import { FACTS, isGrowing, link, poll, STATUS, status } from "./film.js";
import { SEARCH, table } from "./table.js";
import { categories } from "./texts.js";
import { fail, tell } from "./toast.js";
import { showOne } from "./video.js";

const PATH = "/api/admin/videos/";

export const show = (root, signal, id) => (id ? showOne(root, signal, id) : showAll(root, signal));

function showAll(root, signal) {
  let isBusy = false;
  const videos = table({
    signal,
    path: PATH,
    hear: ({ items }) => (isBusy = items.some(isGrowing)),
    label: "Videos",
    noun: "video",
    empty: ["There is no video yet. ", el("a", { href: "#/upload" }, "Upload the first")],
    sort: "-created_at",
    columns: COLUMNS,
    filters: FILTERS,
    actions: ACTIONS,
  });
  root.append(el("h1", "Videos"), categories(), videos.node);
  poll(() => isBusy && videos.reload(), signal);
}

const COLUMNS = [
  { key: "thumbnail_url", title: "Picture", cell: (src) => el("img", { loading: "lazy", src, alt: "" }) },
  { key: "title", title: "Title", sort: true, cell: (_, film) => link(film) },
  { key: "category", title: "Category", sort: true },
  { key: "status", title: "Status", sort: true, cell: (_, film) => status(film) },
  ...FACTS,
];

const FILTERS = [
  SEARCH,
  {
    name: "category",
    label: "Category",
    options: (told) => Object.fromEntries(told.categories.filter(Boolean).map((one) => [one, one])),
  },
  { name: "status", label: "Status", options: STATUS },
  { name: "from", label: "Added from", type: "date" },
  { name: "to", label: "Added until", type: "date" },
];

const ACTIONS = [
  { label: "Category…", run: askCategory },
  { label: "Try again", run: (films) => doAll(films, { action: "retry" }, "tried again") },
  { label: "Encode again", run: (films) => doAll(films, { action: "encode" }, "to be encoded again") },
  { label: "Delete…", danger: true, run: askDelete },
];

function askCategory(films) {
  return ask({
    title: `Category of ${count(films.length, "video")}`,
    fields: [{ name: "category", label: "Category", list: "categories" }],
    submit: ({ category }) => doAll(films, { action: "category", category }, "changed"),
  });
}

async function askDelete(films) {
  const question = `Delete ${films.length === 1 ? `“${films[0].title}”` : count(films.length, "video")} for good?`;
  const isSure = await confirm(question, "Delete");
  return isSure && doAll(films, { action: "delete" }, "deleted");
}

async function doAll(films, what, words) {
  const body = { ids: films.map(({ id }) => id), ...what };
  const { done, failed } = await api(`${PATH}bulk/`, { method: "POST", body });
  if (done.length) tell(`${count(done.length, "video")} ${words}.`);
  for (const { id, detail } of failed) fail(`${films.find((film) => film.id === id).title}: ${detail}`);
  return true;
}
