// The preview: a film as its viewers see it, with hls.js.

import { el } from "./dom.js";
import { hls } from "./vendor.js";

/** → {node, video, stop()}; what goes wrong stands below the picture. */
export function player(address, title) {
  const video = el("video", { controls: true, playsinline: "", "aria-label": `Preview of ${title}` });
  const wrong = el("p", { class: "wrong", role: "alert" });
  let running = null;
  let isOver = false;

  async function begin() {
    const Hls = await hls();
    if (isOver) return;
    running = new Hls({ maxBufferLength: 12 });
    running.on(Hls.Events.ERROR, (_, { fatal, details }) => {
      if (fatal) wrong.textContent = `The film cannot be played: ${details}.`;
    });
    running.loadSource(address);
    running.attachMedia(video);
  }

  function stop() {
    isOver = true;
    running?.destroy();
  }

  begin().catch((error) => (wrong.textContent = error.message));
  return { node: el("div", {}, video, wrong), video, stop };
}
