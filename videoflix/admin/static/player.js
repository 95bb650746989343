// The preview: a film as its viewers see it, with hls.js.

import { el } from "./dom.js";
import { hls } from "./vendor.js";

/** → {node, video, stop()}; what goes wrong stands below the picture. */
export function player(address, title) {
  const video = el("video", { controls: true, playsinline: "", "aria-label": `Preview of ${title}` });
  const wrong = el("p.wrong", { role: "alert" });

  async function begin() {
    const Hls = await hls();
    const running = new Hls({ maxBufferLength: 12 });
    running.on(Hls.Events.ERROR, (_, { fatal, details }) => {
      if (fatal) wrong.textContent = `The film cannot be played: ${details}.`;
    });
    running.loadSource(address);
    running.attachMedia(video);
    return running;
  }

  const begun = begin();
  begun.catch((error) => (wrong.textContent = error.message));
  const stop = () => begun.then((running) => running.destroy(), () => null);
  return { node: el("div", video, wrong), video, stop };
}
