// The page of one video: preview, metadata, thumbnail, captions, properties and actions.

import { api } from "./api.js";
import { askAudience, audienceSigns, groupNames } from "./audience.js";
import { button, filePicker } from "./buttons.js";
import { captionCard } from "./captions.js";
import { confirm } from "./dialog.js";
import { el, formatBytes } from "./dom.js";
import { makeGuestLink } from "./guest-link.js";
import { categoryList, metadataForm } from "./metadata.js";
import { player } from "./player.js";
import { thumbnailPanel } from "./thumbnail.js";
import { notify } from "./toast.js";
import { add, VIDEO_FILES } from "./uploads.js";
import { isEncoding, isPending, poll, PROPERTIES, status } from "./video-status.js";

export async function showVideo(root, signal, id) {
  const path = `/api/admin/videos/${id}/`;
  let [video, names] = await Promise.all([api(path), groupNames()]);
  signal.throwIfAborted();
  let preview = null;
  const heading = el("h1", video.title);
  const statusLine = el("p.status");
  const properties = el("dl");
  const screen = el("section", { "aria-label": "Preview" });
  const thumbnail = thumbnailPanel(path, () => preview.video);
  const captions = captionCard(path, () => refresh());
  const askVisible = () =>
    askAudience({ title: `Who may see “${video.title}”?`, audience: video, names, submit: save });
  const retry = button("Try again", () => post("retry/"));
  const actions = el("p.buttons", button("Visible to…", askVisible),
    el("a.button", { href: `#/statistics/videos/${video.id}` }, "Who watched"),
    button("Guest link…", () => makeGuestLink({ video_id: video.id }, video.title)), retry, button("Encode again", () => post("encode/")),
    filePicker("Replace video file…", replace, { accept: VIDEO_FILES }),
    button("Delete…", remove, { class: "danger" }));

  async function post(action) {
    notify((await api(path + action, { method: "POST" })).detail);
    await refresh();
  }

  async function replace(file) {
    const question = `Replace the file of “${video.title}” with ${file.name}?`;
    if (!(await confirm(question, "Replace"))) return;
    await add([file], id);
    location.hash = "#/upload";
  }

  async function remove() {
    if (!(await confirm(`Permanently delete “${video.title}”?`, "Delete"))) return;
    await api(path, { method: "DELETE" });
    notify(`“${video.title}” has been deleted.`);
    location.hash = "#/videos";
  }

  async function save(changes) {
    update({ ...video, ...(await api(path, { method: "PATCH", body: changes })) });
  }

  const refresh = async () => update(await api(path));

  function update(latest) {
    if (signal.aborted) return;
    const isFinished = isEncoding(video) && !isEncoding(latest);
    const outcome = latest.status === "failed" ? "could not be encoded" : "is ready";
    const hasNew = isFinished || JSON.stringify(video.captions) !== JSON.stringify(latest.captions);
    if (isFinished) notify(`“${latest.title}” ${outcome}.`);
    video = latest;
    heading.textContent = video.title;
    statusLine.replaceChildren(...status(video), ...audienceSigns(video, names));
    retry.hidden = video.status !== "failed";
    const property = ({ key, title, cell }) => [el("dt", title), el("dd", cell(video[key]))];
    properties.replaceChildren(...ALL_PROPERTIES.flatMap(property));
    thumbnail.update(video);
    captions.update(video);
    if (!preview !== !video.master_url || (hasNew && preview?.video.paused)) showPreview();
  }

  function showPreview() {
    preview?.stop();
    preview = video.master_url && player(video.master_url, video.title);
    screen.replaceChildren(preview ? preview.node : "There is no preview yet.");
  }

  root.append(el("p", el("a", { href: "#/videos" }, "All videos")), heading, statusLine, actions, categoryList(),
    el("div.video", screen, metadataForm(video, save, "Metadata"), thumbnail.node, captions.node, properties));
  showPreview();
  update(video);
  poll(() => (isPending(video) || thumbnail.isWaiting()) && refresh(), signal);
  signal.addEventListener("abort", () => preview?.stop());
}

const ALL_PROPERTIES = [
  ...PROPERTIES,
  { key: "original_bytes", title: "Original", cell: (size) => (size == null ? "removed" : formatBytes(size)) },
];
