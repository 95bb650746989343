// The films on their way to the server: they go on while other views are shown, and after a reload.

import { api } from "./api.js";
import { isMaking } from "./film.js";
import { tus } from "./vendor.js";

const PATH = "/api/admin/uploads/";
export const FILMS = "video/*,.mkv,.avi,.ts,.m2ts,.mpg,.wmv,.flv,.mxf";
const AT_ONCE = 2; // of the six connections that a browser opens
const RETRY_DELAYS = [0, 1000, 2000, 5000, 10000, 20000, 30000, 60000, 60000, 60000];
const EDGE = 1_000_000; // bytes of either end of a film that its fingerprint is made of
const PASSES = [0, 409, 423, 429]; // refusals that may pass, as all from 500 on

/**
 * Newest first: what the server tells of an upload (state: receiving, done, refused), and `film`, what became of it.
 * With `upload` it is this page that sends it; then the state may also be waiting, sending, stalled, paused, failed
 * or checking.
 */
export const entries = [];

/** Has an event "change" for every change of an entry, which is its `detail`. */
export const changes = new EventTarget();

function change(entry, news) {
  Object.assign(entry, news);
  changes.dispatchEvent(new CustomEvent("change", { detail: entry }));
}

const isFollowed = ({ state, video_id, film }) => state === "done" && video_id && (!film || isMaking(film));

/** Whether the server has still something to tell of it. */
export const isAwaited = (entry) => ["receiving", "checking"].includes(entry.state) || isFollowed(entry);

/** Asks the server: what other pages have begun, what came of the files, and how far the films are. */
export async function refresh() {
  const { items } = await api(`${PATH}?per_page=100`);
  for (const item of items.reverse()) {
    const entry = entries.find((one) => one.id === item.id);
    if (!entry) introduce(item);
    else if (entry.upload ? item.state !== "receiving" : item.offset !== entry.offset || item.state !== entry.state)
      change(entry, item);
  }
  for (const entry of entries.filter(isFollowed))
    change(entry, { film: await api(`/api/admin/videos/${entry.video_id}/`) });
}

function introduce(entry) {
  entries.unshift(entry);
  change(entry);
  return entry;
}

const fingerprint = async (file) => ["videoflix", file.name, file.size, file.lastModified].join("-");

const idOf = (address) => address.split("/").filter(Boolean).at(-1);

/**
 * Sends files, each from where an earlier page stopped; `video`: the id of the video whose film they replace; `again`:
 * also those that are in the library already.
 */
export async function add(files, video, again) {
  const client = await tus();
  await refresh();
  for (const file of files) {
    const earlier = await new client.Upload(file, { fingerprint }).findPreviousUploads();
    const ids = earlier.filter((one) => one.metadata.video === video).map((one) => idOf(one.uploadUrl));
    const known = entries.find((one) => ids.includes(one.id) && (one.upload || one.state === "receiving"));
    if (known && known.state !== "receiving") continue;
    const told = known ? {} : { ...(await recognition(file)), ...(again ? { again: "yes" } : {}) };
    send(client, known ?? introduce(fresh(file, video, told)), file);
  }
  proceed();
}

/** Goes on with an upload of an earlier page. Throws if the file is another one. */
export async function resume(entry, file) {
  if (file.name !== entry.filename || file.size !== entry.length) throw new Error(`${file.name} is another file.`);
  send(await tus(), entry, file);
  proceed();
}

/** `told`: what the server is told beside name and title. */
function fresh(file, video, told) {
  const title = file.name.replace(/\.[^.]*$/, "").replace(/[._\s]+/g, " ").trim();
  return { id: null, filename: file.name, length: file.size, offset: 0, title, category: "", description: "", video, told };
}

/** By what the server knows a film; nothing on pages that may not compute it (HTTP from another machine). */
async function recognition(file) {
  if (!crypto.subtle) return {};
  const edges = new Blob([`${file.size} `, file.slice(0, EDGE), file.slice(Math.max(0, file.size - EDGE))]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await edges.arrayBuffer()));
  return { fingerprint: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

function send(client, entry, file) {
  const { id, filename, title, video, told } = entry;
  const endpoint = location.origin + PATH;
  if (!id) entry.created = new Promise((resolve) => (entry.isCreated = resolve));
  entry.upload = new client.Upload(file, {
    // With an endpoint tus begins anew whenever the server is away for a moment.
    ...(id ? { uploadUrl: `${endpoint}${id}/` } : { endpoint }),
    metadata: { filename, filetype: file.type, ...(video ? { video } : { title }), ...told },
    fingerprint,
    removeFingerprintOnSuccess: true,
    retryDelays: RETRY_DELAYS,
    onBeforeRequest: (request) => request.getMethod() !== "PATCH" && renew(entry),
    onUploadUrlAvailable: () => begun(entry),
    onProgress: (sent) => measure(entry, sent),
    onShouldRetry: (error) => mayPass(error) && (stop(entry, "stalled", reason(error)), true),
    onSuccess: () => end(entry, "checking"),
    onError: (error) => end(entry, mayPass(error) ? "failed" : "refused", reason(error)),
  });
  change(entry, { state: "waiting", detail: null });
}

/** A login that has run out is renewed: a PATCH comes after a HEAD or a POST. */
async function renew(entry) {
  const { halts } = entry;
  try {
    await api("/api/me/");
  } finally {
    // What is halted meanwhile is never sent: tus would send it, and go on.
    if (entry.halts !== halts) await new Promise(() => {});
  }
}

function halt(entry) {
  entry.halts = (entry.halts ?? 0) + 1;
  entry.upload?.abort();
}

function begun(entry) {
  entry.upload.options.endpoint = null;
  const id = idOf(entry.upload.url);
  entries.filter((one) => one.id === id && one !== entry).forEach(drop); // the server may have told of it already
  change(entry, { id, state: "sending", detail: null });
  entry.isCreated?.();
}

function measure(entry, sent) {
  const now = performance.now() / 1000;
  entry.since ??= { now, sent };
  const speed = (sent - entry.since.sent) / (now - entry.since.now);
  change(entry, { offset: sent, speed: speed > 0 && Number.isFinite(speed) ? speed : null });
}

function stop(entry, state, detail = null) {
  change(entry, { state, detail, speed: null, since: null });
}

function end(entry, state, detail) {
  stop(entry, state, detail);
  proceed();
  refresh().catch(() => {}); // whoever shows it asks again
}

const statusOf = (error) => error.originalResponse?.getStatus() ?? 0;

const mayPass = (error) => statusOf(error) >= 500 || PASSES.includes(statusOf(error));

function reason(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).detail;
  } catch {
    return statusOf(error) ? `The server answered with ${statusOf(error)}.` : "The connection is broken.";
  }
}

function drop(entry) {
  entries.splice(entries.indexOf(entry), 1);
  change(entry, { state: "gone" });
}

const inState = (...states) => entries.filter(({ state }) => states.includes(state));

/** Begins with those that wait, while there is room. */
function proceed() {
  const room = AT_ONCE - inState("sending", "stalled").length;
  for (const entry of inState("waiting").reverse().slice(0, Math.max(0, room))) {
    change(entry, { state: "sending" });
    entry.upload.start();
  }
}

export function pause(entry) {
  halt(entry);
  stop(entry, "paused");
  proceed();
}

export function goOn(entry) {
  stop(entry, "waiting");
  proceed();
}

/** Calls an upload off, or takes one that is over from the list. */
export async function cancel(entry) {
  halt(entry);
  if (entry.id) await api(`${PATH}${entry.id}/`, { method: "DELETE" });
  drop(entry);
  proceed();
}

/** Title, description or category: of the upload, and of the video that it may be already. */
export async function describe(entry, fields) {
  await entry.created; // before, the server has not heard of it
  await api(`${PATH}${entry.id}/metadata/`, { method: "PUT", body: fields });
}

addEventListener("online", () => inState("failed").forEach(goOn));
