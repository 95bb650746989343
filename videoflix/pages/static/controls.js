// What media-chrome lacks: labels in the language of the page, more keys, double taps, the lock screen, and a screen
// that stays on.

const SKIP = 10;
const SKIPS = { j: -SKIP, l: SKIP, arrowleft: -SKIP, arrowright: SKIP };

/** Translates the labels that media-chrome writes in English, and corrects a role. */
export function translate(controller, labels) {
  const label = (node) => {
    const text = labels[node.getAttribute("aria-label")];
    if (text) node.setAttribute("aria-label", text);
  };
  const watch = (root) => {
    root.querySelectorAll("[aria-label]").forEach(label);
    new MutationObserver((changes) => changes.forEach(({ target }) => label(target))).observe(root, {
      subtree: true,
      attributeFilter: ["aria-label"],
    });
  };
  controller.querySelector("media-captions-button").role = "switch"; // it has aria-checked, which a button may not
  label(controller);
  watch(controller);
  for (const name of ["media-time-range", "media-volume-range"]) watch(controller.querySelector(name).shadowRoot);
  const loading = controller.querySelector("media-loading-indicator").shadowRoot.getElementById("status");
  if (loading) loading.textContent = labels["media loading"];
  for (const menu of [MediaChrome.MediaCaptionsMenu, MediaChrome.MediaRenditionMenu]) {
    menu.formatMenuItemText = (text) => text.replace(/^(Off|Auto)\b/, (word) => labels[word]);
  }
}

export function addKeys(controller, video) {
  const dialog = document.getElementById("keys");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (event.target === document.body) {
      // A menu that is closed while it opens leaves the focus nowhere, and media-chrome only hears keys on its elements.
      controller.focus();
      if (!controller.dispatchEvent(new KeyboardEvent("keydown", event))) event.preventDefault();
      return;
    }
    const key = event.key.toLowerCase();
    if (key in SKIPS && !usesKey(event.target, event.key)) {
      // media-chrome's own keys reckon from the last event of the video: of two presses in a row it would lose one.
      event.preventDefault();
      video.currentTime += SKIPS[key];
    } else if (/^[0-9]$/.test(key)) video.currentTime = (video.duration * key) / 10;
    else if (key === "i") togglePictureInPicture(video);
    else if (key === "n") document.getElementById("following")?.click();
    else if (key === "p") document.getElementById("previous")?.click();
    else if (key === "?") dialog.showModal();
  });
  controller.focus();
}

/** The few keys of a remote control: OK shows the controls, the arrows go from one to the next. */
export function addRemoteKeys(controller, video) {
  const timeline = controller.querySelector("media-time-range");
  const back = controller.querySelector(".back");
  const buttons = () =>
    [...controller.querySelectorAll("media-control-bar.buttons > *")].filter(
      (each) => each.checkVisibility() && !each.matches(".space, media-volume-range, media-time-display"),
    );
  /** Where a key leads from an element; null for keys that it does not move by. */
  const target = (from, key) => {
    if (from === timeline) return { ArrowUp: back, ArrowDown: buttons()[0] }[key];
    if (from === back) return { ArrowDown: timeline }[key];
    const all = buttons();
    const index = all.indexOf(from);
    if (index < 0) return null;
    return { ArrowLeft: all[index - 1], ArrowRight: all[index + 1], ArrowUp: timeline, ArrowDown: controller }[key];
  };
  const focusable = (control) => control.range ?? control; // the range itself is inside of its element
  const onKey = (event) => {
    if (event.key === "Enter" && event.target === controller) {
      video.paused ? video.play() : video.pause();
      buttons()[0].focus();
    } else {
      const next = focusable(event.target).matches(":focus-visible") && target(event.target, event.key);
      if (!next) return;
      focusable(next).focus();
    }
    event.preventDefault();
    event.stopPropagation(); // media-chrome and `addKeys` would seek
  };
  controller.addEventListener("keydown", onKey, true);
}

/** Whether a control needs a key itself, as a range needs the arrows. */
function usesKey(control, key) {
  return [control.getAttribute("keysused")?.split(" "), control.keysUsed].some((keys) => keys?.includes(key));
}

function togglePictureInPicture(video) {
  const done = document.pictureInPictureElement ? document.exitPictureInPicture() : video.requestPictureInPicture?.();
  done?.catch(() => {}); // refused without a film
}

/** Two taps on the left or right third seek. */
export function addDoubleTaps(controller, video) {
  let last = { at: 0, side: 0 };
  controller.addEventListener("pointerup", (event) => {
    if (event.pointerType !== "touch" || event.target !== video) return;
    const part = event.clientX / controller.clientWidth;
    const side = part < 1 / 3 ? -1 : part > 2 / 3 ? 1 : 0;
    const isDouble = side && side === last.side && event.timeStamp - last.at < 350;
    if (isDouble) video.currentTime += side * SKIP;
    last = { at: event.timeStamp, side };
  });
}

/** The lock screen, headset keys, and the media keys of keyboards. */
export function addMediaSession(video, title, picture) {
  if (!("mediaSession" in navigator)) return;
  navigator.mediaSession.metadata = new MediaMetadata({ title, artwork: [{ src: picture, sizes: "640x360" }] });
  const actions = {
    seekbackward: () => (video.currentTime -= SKIP),
    seekforward: () => (video.currentTime += SKIP),
    seekto: ({ seekTime }) => (video.currentTime = seekTime),
  };
  for (const [name, id] of [["previoustrack", "previous"], ["nexttrack", "following"]]) {
    const link = document.getElementById(id);
    if (link) actions[name] = () => link.click();
  }
  for (const [name, action] of Object.entries(actions)) navigator.mediaSession.setActionHandler(name, action);
}

/** The screen stays on while the film plays. Browsers release the lock themselves when the page is hidden. */
export function keepAwake(video) {
  if (!navigator.wakeLock) return; // missing on plain HTTP
  let lock = null;
  const update = () => {
    const isWanted = !video.paused && !video.ended && !document.hidden;
    if (isWanted === Boolean(lock)) return;
    if (!isWanted) lock.then((held) => held?.release());
    lock = isWanted ? navigator.wakeLock.request("screen").catch(() => null) : null; // refused at low battery
  };
  for (const name of ["playing", "pause", "ended"]) video.addEventListener(name, update);
  document.addEventListener("visibilitychange", update);
}

/** The speed is kept for the next film; media-chrome keeps the volume and the language of captions. */
export function rememberSpeed(video) {
  const stored = Number(localStorage.getItem("speed"));
  if (stored >= 0.5 && stored <= 2) video.defaultPlaybackRate = video.playbackRate = stored;
  video.addEventListener("ratechange", () => localStorage.setItem("speed", video.playbackRate));
}
