// The picture of a video: one of those that were found in the film, the frame that the preview shows, or a file.

import { api, reasons } from "./api.js";
import { button, chooser } from "./buttons.js";
import { el } from "./dom.js";

/** As JPEG, upright: not every ffmpeg reads what a browser does. */
async function jpeg(file) {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return file; // the server tells why
  const canvas = el("canvas", { width: picture.width, height: picture.height });
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
}

/** `path`: of the video; `preview()`: its <video> → {node, update(film), isWaiting()} */
export function pictures(path, preview) {
  let film = null;
  let replaced = null; // the address of the picture that another one is made for
  const now = el("img.now", { alt: "The picture now" });
  const found = el("div.candidates", { role: "radiogroup", "aria-label": "Pictures from the film" });
  const told = el("p", { role: "status" });
  const chosen = () => put({ candidate: Number(found.querySelector(":checked").value) });
  const use = button("Use the chosen picture", chosen);
  const frame = button("Use the frame of the preview", () => put({ at: preview().currentTime }));
  const own = chooser("Take a file…", async (file) => put(await jpeg(file)), { accept: "image/*" });
  const node = el("section.pictures", { "aria-label": "Picture" }, el("h2", "Picture"), now, found,
    el("p.buttons", use, frame, own), told);
  found.addEventListener("change", () => (use.disabled = false));

  async function put(body) {
    try {
      await api(`${path}thumbnail/`, { method: "PUT", body });
      say("The picture is being made.");
      replaced = film.thumbnail_url;
    } catch (error) {
      say(reasons(error), "wrong");
    }
  }

  function say(words, kind = "") {
    told.textContent = words;
    told.className = kind;
    replaced = null;
  }

  async function look() {
    const { candidates } = await api(`${path}thumbnails/`).catch(() => ({ candidates: [] }));
    const shown = ({ number, url }, index) =>
      el("label", el("input", { type: "radio", name: "candidate", value: number }),
        el("img", { src: url, alt: `Picture ${index + 1}` }));
    found.replaceChildren(...candidates.map(shown));
    use.hidden = !candidates.length;
    use.disabled = true;
  }

  function update(news) {
    if (film?.thumbnail_url !== news.thumbnail_url) {
      now.src = news.thumbnail_url;
      look();
    }
    if (replaced && news.thumbnail_error) say(news.thumbnail_error, "wrong");
    else if (replaced && replaced !== news.thumbnail_url) say("The picture has been replaced.");
    frame.hidden = !news.master_url;
    film = news;
  }

  return { node, update, isWaiting: () => replaced !== null };
}
