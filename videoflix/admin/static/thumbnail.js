// Chooses the thumbnail of a video: a suggested frame, the current frame of the preview, or an image file.

import { api, describeError } from "./api.js";
import { button, filePicker } from "./buttons.js";
import { el } from "./dom.js";

/** Converts an image to an upright JPEG: browsers read more formats than some builds of ffmpeg. */
async function toJpeg(file) {
  const image = await createImageBitmap(file).catch(() => null);
  if (!image) return file; // the server responds with the reason
  const canvas = el("canvas", { width: image.width, height: image.height });
  canvas.getContext("2d").drawImage(image, 0, 0);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
}

/** `path` is that of the video, `preview()` its <video> element → {node, update(video), isWaiting()} */
export function thumbnailPanel(path, preview) {
  let video = null;
  let replacedUrl = null; // the thumbnail that is being replaced
  const current = el("img.current", { alt: "Current thumbnail" });
  const suggestions = el("div.candidates", { role: "radiogroup", "aria-label": "Suggested frames" });
  const message = el("p", { role: "status" });
  const useSelected = button("Use selected frame", () =>
    put({ candidate: Number(suggestions.querySelector(":checked").value) }));
  const useFrame = button("Use preview frame", () => put({ at: preview().currentTime }));
  const upload = filePicker("Upload an image…", async (file) => put(await toJpeg(file)), { accept: "image/*" });
  const node = el("section", { "aria-label": "Thumbnail" }, el("h2", "Thumbnail"), current, suggestions,
    el("p.buttons", useSelected, useFrame, upload), message);
  suggestions.addEventListener("change", () => (useSelected.disabled = false));

  async function put(body) {
    try {
      await api(`${path}thumbnail/`, { method: "PUT", body });
      show("The new thumbnail is being created.");
      replacedUrl = video.thumbnail_url;
    } catch (error) {
      show(describeError(error), "error");
    }
  }

  function show(text, kind = "") {
    message.textContent = text;
    message.className = kind;
    replacedUrl = null;
  }

  async function loadSuggestions() {
    const { candidates } = await api(`${path}thumbnails/`).catch(() => ({ candidates: [] }));
    const option = ({ number, url }, index) =>
      el("label", el("input", { type: "radio", name: "candidate", value: number }),
        el("img", { src: url, alt: `Frame ${index + 1}` }));
    suggestions.replaceChildren(...candidates.map(option));
    useSelected.hidden = !candidates.length;
    useSelected.disabled = true;
  }

  function update(latest) {
    if (video?.thumbnail_url !== latest.thumbnail_url) {
      current.src = latest.thumbnail_url;
      loadSuggestions();
    }
    if (replacedUrl && latest.thumbnail_error) show(latest.thumbnail_error, "error");
    else if (replacedUrl && replacedUrl !== latest.thumbnail_url) show("The thumbnail has been replaced.");
    useFrame.hidden = !latest.master_url;
    video = latest;
  }

  return { node, update, isWaiting: () => replacedUrl !== null };
}
