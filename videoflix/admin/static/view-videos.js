// The library: all videos, and actions for several of them at once.

import { api } from "./api.js";
import { askAudience, audienceSigns, groupNames } from "./audience.js";
import { ask, confirm } from "./dialog.js";
import { count, el } from "./dom.js";
import { categoryList } from "./metadata.js";
import { SEARCH, table } from "./table.js";
import { notify, showError } from "./toast.js";
import { showVideo } from "./video-page.js";
import { isEncoding, isPending, link, poll, PROPERTIES, STATUS, status } from "./video-status.js";

const PATH = "/api/admin/videos/";

export const show = (root, signal, id) => (id ? showVideo(root, signal, id) : showAll(root, signal));

async function showAll(root, signal) {
  const names = await groupNames();
  signal.throwIfAborted();
  let hasPending = false;
  const videos = table({
    signal,
    path: PATH,
    onLoad: ({ items }) => (hasPending = items.some(isPending)),
    label: "Videos",
    noun: "video",
    empty: ["There are no videos yet. ", el("a", { href: "#/upload" }, "Upload the first one")],
    sort: "-created_at",
    columns: columnsOf(names),
    filters: filtersOf(names),
    actions: [{ label: "Visible to…", run: (all) => askVisible(all, names) }, ...ACTIONS],
  });
  root.append(el("h1", "Videos"), categoryList(), videos.node);
  poll(() => hasPending && videos.reload(), signal);
}

const columnsOf = (names) => [
  { key: "thumbnail_url", title: "Thumbnail", cell: (src) => el("img", { loading: "lazy", src, alt: "" }) },
  { key: "title", title: "Title", sort: true, cell: (_, video) => [link(video), el("div.signs", audienceSigns(video, names))] },
  { key: "category", title: "Category", sort: true },
  { key: "status", title: "Status", sort: true, cell: (_, video) => status(video) },
  ...PROPERTIES,
];

const filtersOf = (names) => [
  SEARCH,
  {
    name: "category",
    label: "Category",
    options: ({ categories }) => Object.fromEntries(categories.filter(Boolean).map((one) => [one, one])),
  },
  { name: "status", label: "Status", options: STATUS },
  { name: "audience", label: "Visible to", options: AUDIENCES },
  ...(names.size ? [{ name: "group", label: "Group", options: [...names] }] : []),
  { name: "from", label: "Added from", type: "date" },
  { name: "to", label: "Added until", type: "date" },
];

const AUDIENCES = {
  everyone: "Everyone", groups: "Groups", age: "From an age on", draft: "Drafts", scheduled: "Scheduled",
};

const ACTIONS = [
  { label: "Category…", run: askCategory },
  { label: "Try again", fits: ({ status }) => status === "failed", run: (videos) => changeAll(videos, { action: "retry" }, "will be tried again") },
  { label: "Encode again", fits: (video) => video.original_bytes != null && !isEncoding(video), run: (videos) => changeAll(videos, { action: "encode" }, "will be encoded again") },
  { label: "Delete…", danger: true, run: askDelete },
];

function askVisible(videos, names) {
  const audience = videos.length === 1 ? videos[0] : null;
  const submit = (changes) => changeAll(videos, { action: "audience", audience: changes }, "changed");
  return askAudience({ title: `Who may see ${nameOf(videos)}?`, audience, names, submit });
}

function askCategory(videos) {
  return ask({
    title: `Category of ${count(videos.length, "video")}`,
    fields: [{ name: "category", label: "Category", list: "categories" }],
    submit: ({ category }) => changeAll(videos, { action: "category", category }, "changed"),
  });
}

const nameOf = (videos) => (videos.length === 1 ? `“${videos[0].title}”` : count(videos.length, "video"));

async function askDelete(videos) {
  return (await confirm(`Permanently delete ${nameOf(videos)}?`, "Delete")) && changeAll(videos, { action: "delete" }, "deleted");
}

async function changeAll(videos, change, result) {
  const body = { ids: videos.map(({ id }) => id), ...change };
  const { done, failed } = await api(`${PATH}bulk/`, { method: "POST", body });
  const titles = new Map(videos.map(({ id, title }) => [id, title]));
  const reasons = Map.groupBy(failed, ({ detail }) => detail);
  const told = [done.length && `${count(done.length, "video")} ${result}.`,
    ...[...reasons].map(([detail, all]) => `${nameOf(all.map(({ id }) => ({ title: titles.get(id) })))}: ${detail}`)];
  const text = told.filter(Boolean).join(" ");
  if (failed.length) showError(text);
  else notify(text);
  return true;
}
