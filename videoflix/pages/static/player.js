// The player: hls.js loads the film, media-chrome shows the controls. Everything that goes wrong is told in words, and
// playback goes on by itself once it can.

import { addDoubleTaps, addKeys, addMediaSession, addRemoteKeys, keepAwake, rememberSpeed, translate } from "./controls.js";
import { offerNext } from "./following.js";
import { reportPositions } from "./positions.js";
import { openLogin, refresh } from "./session.js";
import { offerTracks } from "./tracks.js";

const { id, start, source, duration, every, picture, guest } = document.getElementById("main").dataset;
const controller = document.querySelector("media-controller");
const video = controller.querySelector("video");
const words = JSON.parse(document.getElementById("words").textContent);
const RETRY_SECONDS = 2;
const SLOW_SECONDS = 5;
// A CDN refuses a signed address that has expired.
const EXPIRED = [403, 410];
const RENEW_SECONDS = 10;

function say(text) {
  const message = document.getElementById("message");
  message.textContent = text ?? "";
  message.hidden = !text;
}

function clock(seconds) {
  const parts = [Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part, index) => String(part).padStart(index && 2, "0")).join(":");
}

function play(hls) {
  const { Events, ErrorTypes } = Hls;
  let isComplete = true;
  let ready = 0;
  let retry = null;
  const goOn = () => {
    clearTimeout(retry);
    retry = null;
    hls.levels.length ? hls.startLoad() : hls.loadSource(source);
  };

  /** Load playlists with new addresses, and go on at the same second. Whether it was not done just before. */
  let renewed = -Infinity;
  const renew = () => {
    if (performance.now() - renewed < RENEW_SECONDS * 1000) return false;
    renewed = performance.now();
    const wasPaused = video.paused;
    if (video.readyState) hls.config.startPosition = video.currentTime;
    hls.loadSource(source);
    if (!wasPaused) video.play().catch(() => {});
    return true;
  };

  hls.on(Events.LEVEL_UPDATED, (_, { details }) => {
    isComplete = !details.live;
    ready = details.totalduration;
    const line = document.getElementById("ready");
    line.hidden = isComplete || !Number(duration);
    line.textContent = line.dataset.text.replace("{ready}", clock(ready)).replace("{all}", clock(duration));
  });
  let isUnreachable = false;
  hls.on(Events.FRAG_LOADED, () => {
    isUnreachable = false;
    say();
  });
  hls.on(Events.ERROR, async (_, { fatal, type, response, frag }) => {
    if (frag && EXPIRED.includes(response?.code) && renew()) return;
    if (response?.code === 401) return (await refresh().catch(() => true)) ? fatal && goOn() : leave();
    isUnreachable ||= type === ErrorTypes.NETWORK_ERROR && !response?.code;
    if (!fatal) return;
    if (response?.code === 404) return say(words.gone);
    if (type === ErrorTypes.MEDIA_ERROR) return hls.recoverMediaError();
    if (type !== ErrorTypes.NETWORK_ERROR) return say(words.failed);
    say(words.offline);
    retry ??= setTimeout(goOn, RETRY_SECONDS * 1000);
  });
  addEventListener("online", () => retry && goOn());

  let slow = null;
  const stopWaiting = () => clearTimeout(slow);
  video.addEventListener("waiting", () => {
    stopWaiting();
    slow = setTimeout(() => {
      const isAtEdge = !isComplete && video.currentTime > ready - 1;
      if (!retry) say(isAtEdge ? words.growing : isUnreachable || !navigator.onLine ? words.offline : words.slow);
    }, SLOW_SECONDS * 1000);
  });
  for (const name of ["playing", "pause"]) video.addEventListener(name, stopWaiting);
  video.addEventListener("playing", () => say());

  hls.attachMedia(video);
  hls.loadSource(source);
}

/** The session has ended: log in, and go on at the same second. */
function leave() {
  openLogin(`/watch/${id}/?t=${Math.floor(video.currentTime)}`);
}

function begin() {
  if (!Hls.isSupported()) {
    if (!video.canPlayType("application/vnd.apple.mpegurl")) return say(words.failed);
    video.addEventListener("loadedmetadata", () => (video.currentTime = start), { once: true });
    video.src = source;
    return;
  }
  const hls = new Hls({ startPosition: Number(start) || -1, backBufferLength: 90, capLevelToPlayerSize: true });
  offerTracks(video, hls);
  play(hls);
}

begin();
rememberSpeed(video);
keepAwake(video);
if (guest === undefined) reportPositions(video, id, Number(duration), Number(every), leave); // of guests nothing is kept
addMediaSession(video, document.querySelector("h1").textContent, picture);
customElements.whenDefined("media-controller").then(() => {
  controller.fullscreenElement = document.getElementById("main"); // the choices at the end are beside the controller
  translate(controller, words.labels);
  addKeys(controller, video);
  addRemoteKeys(controller, video);
  addDoubleTaps(controller, video);
});
offerNext(video);
video.addEventListener("playing", () => controller.classList.add("started"), { once: true });
video.play().catch(() => {}); // browsers may want a gesture first: a large button is shown until then
