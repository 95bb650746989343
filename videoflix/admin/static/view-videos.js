// The library: all videos, and actions for several of them at once.

import { api } from "./api.js";
import { ask, confirm } from "./dialog.js";
import { count, el } from "./dom.js";
import { categoryList } from "./metadata.js";
import { SEARCH, table } from "./table.js";
import { notify, showError } from "./toast.js";
import { showVideo } from "./video-page.js";
import { isPending, link, poll, PROPERTIES, STATUS, status } from "./video-status.js";

const PATH = "/api/admin/videos/";

export const show = (root, signal, id) => (id ? showVideo(root, signal, id) : showAll(root, signal));

function showAll(root, signal) {
  let hasPending = false;
  const videos = table({
    signal,
    path: PATH,
    onLoad: ({ items }) => (hasPending = items.some(isPending)),
    label: "Videos",
    noun: "video",
    empty: ["There are no videos yet. ", el("a", { href: "#/upload" }, "Upload the first one")],
    sort: "-created_at",
    columns: COLUMNS,
    filters: FILTERS,
    actions: ACTIONS,
  });
  root.append(el("h1", "Videos"), categoryList(), videos.node);
  poll(() => hasPending && videos.reload(), signal);
}

const COLUMNS = [
  { key: "thumbnail_url", title: "Thumbnail", cell: (src) => el("img", { loading: "lazy", src, alt: "" }) },
  { key: "title", title: "Title", sort: true, cell: (_, video) => link(video) },
  { key: "category", title: "Category", sort: true },
  { key: "status", title: "Status", sort: true, cell: (_, video) => status(video) },
  ...PROPERTIES,
];

const FILTERS = [
  SEARCH,
  {
    name: "category",
    label: "Category",
    options: ({ categories }) => Object.fromEntries(categories.filter(Boolean).map((one) => [one, one])),
  },
  { name: "status", label: "Status", options: STATUS },
  { name: "from", label: "Added from", type: "date" },
  { name: "to", label: "Added until", type: "date" },
];

const ACTIONS = [
  { label: "Category…", run: askCategory },
  { label: "Try again", run: (videos) => changeAll(videos, { action: "retry" }, "will be tried again") },
  { label: "Encode again", run: (videos) => changeAll(videos, { action: "encode" }, "will be encoded again") },
  { label: "Delete…", danger: true, run: askDelete },
];

function askCategory(videos) {
  return ask({
    title: `Category of ${count(videos.length, "video")}`,
    fields: [{ name: "category", label: "Category", list: "categories" }],
    submit: ({ category }) => changeAll(videos, { action: "category", category }, "changed"),
  });
}

async function askDelete(videos) {
  const what = videos.length === 1 ? `“${videos[0].title}”` : count(videos.length, "video");
  return (await confirm(`Permanently delete ${what}?`, "Delete")) && changeAll(videos, { action: "delete" }, "deleted");
}

async function changeAll(videos, change, result) {
  const body = { ids: videos.map(({ id }) => id), ...change };
  const { done, failed } = await api(`${PATH}bulk/`, { method: "POST", body });
  if (done.length) notify(`${count(done.length, "video")} ${result}.`);
  for (const { id, detail } of failed) showError(`${videos.find((video) => video.id === id).title}: ${detail}`);
  return true;
}
