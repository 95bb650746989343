// Uploads with tus. They go on while other views are shown, and can be resumed after a reload.

import { api } from "./api.js";
import { sha256, tus } from "./vendor.js";
import { isEncoding } from "./video-status.js";

const PATH = "/api/admin/uploads/";
export const VIDEO_FILES = "video/*,.mkv,.avi,.ts,.m2ts,.mpg,.wmv,.flv,.mxf";
export const isVideo = ({ name, type }) =>
  type.startsWith("video/") || VIDEO_FILES.split(",").includes(name.slice(name.lastIndexOf(".")).toLowerCase());
const MAX_PARALLEL = 2; // of the six connections that a browser opens to a server
const RETRY_DELAYS = [0, 1000, 2000, 5000, 10000, 20000, 30000, 60000, 60000, 60000];
const SAMPLE_BYTES = 1_000_000; // hashed at both ends of a file for its fingerprint
const TEMPORARY = [0, 409, 423, 429]; // no response, and these; like all from 500 on, they are tried again

/**
 * Newest first: the uploads as the API lists them (state: receiving, done, refused), and in `result` the video that a
 * file became, in `duplicateOf` the id of the one that has it already. With `upload` this page sends the file; then the state may also be waiting, sending, stalled, paused,
 * failed or checking.
 */
export const entries = [];

export const changes = new EventTarget();

function change(entry, values) {
  Object.assign(entry, values);
  changes.dispatchEvent(new CustomEvent("change", { detail: entry }));
}

const isFollowed = ({ state, video_id, result }) => state === "done" && video_id && (!result || isEncoding(result));

export const isPending = (entry) => ["receiving", "checking"].includes(entry.state) || isFollowed(entry);

export async function refresh() {
  const { items } = await api(`${PATH}?per_page=100`);
  for (const item of items.reverse()) {
    const entry = entries.find((one) => one.id === item.id);
    if (!entry) insert(item);
    else if (entry.upload ? item.state !== "receiving" : item.offset !== entry.offset || item.state !== entry.state)
      change(entry, item);
  }
  for (const entry of entries.filter(isFollowed))
    change(entry, { result: await api(`/api/admin/videos/${entry.video_id}/`) });
}

function insert(entry) {
  entries.unshift(entry);
  change(entry);
  return entry;
}

const tusFingerprint = async (file) => ["videoflix", file.name, file.size, file.lastModified].join("-");

const idOf = (url) => url.split("/").filter(Boolean).at(-1);

/**
 * Uploads files, resuming each where an earlier page stopped. `video` is the id of the video whose file is replaced;
 * `more` metadata of new ones: `again` also uploads files that are already in the library, `draft` makes drafts.
 */
export async function add(files, video, more) {
  const client = await tus();
  await refresh();
  for (const file of files) {
    const earlier = await new client.Upload(file, { fingerprint: tusFingerprint }).findPreviousUploads();
    const ids = earlier.filter((one) => one.metadata.video === video).map((one) => idOf(one.uploadUrl));
    const known = entries.find((one) => ids.includes(one.id) && (one.upload || one.state === "receiving"));
    if (known && known.state !== "receiving") continue;
    const metadata = known ? {} : { ...(await fingerprint(file)), ...more };
    send(client, known ?? insert(newEntry(file, video, metadata)), file);
  }
  startNext();
}

export async function resumeWith(entry, file) {
  if (file.name !== entry.filename || file.size !== entry.length)
    throw new Error(`${file.name} is not the file of this upload.`);
  send(await tus(), entry, file);
  startNext();
}

function newEntry(file, video, metadata) {
  const title = file.name.replace(/\.[^.]*$/, "").replace(/[._\s]+/g, " ").trim();
  const texts = { filename: file.name, title, category: "", description: "" };
  return { id: null, length: file.size, offset: 0, ...texts, video, metadata };
}

/** Lets the server recognise duplicates before they are sent. */
async function fingerprint(file) {
  const tail = file.slice(Math.max(0, file.size - SAMPLE_BYTES));
  const sample = new Blob([`${file.size} `, file.slice(0, SAMPLE_BYTES), tail]);
  const hash = await sha256(); // crypto.subtle is for pages with HTTPS and for localhost only
  return { fingerprint: hash(await sample.arrayBuffer()) };
}

function send(client, entry, file) {
  const { id, filename, video, metadata } = entry;
  const endpoint = location.origin + PATH;
  if (!id) entry.created = new Promise((resolve) => (entry.resolveCreated = resolve));
  entry.upload = new client.Upload(file, {
    // With an endpoint, tus starts a new upload whenever the server is briefly unavailable.
    ...(id ? { uploadUrl: `${endpoint}${id}/` } : { endpoint }),
    metadata: { filename, filetype: file.type, path: file.webkitRelativePath, ...(video && { video }), ...metadata },
    fingerprint: tusFingerprint,
    removeFingerprintOnSuccess: true,
    retryDelays: RETRY_DELAYS,
    onBeforeRequest: (request) => request.getMethod() !== "PATCH" && refreshLogin(entry),
    onUploadUrlAvailable: () => onCreated(entry),
    onProgress: (sent) => onProgress(entry, sent),
    onShouldRetry: (error) => isTemporary(error) && (stop(entry, "stalled", reason(error)), true),
    onSuccess: () => finish(entry, "checking"),
    onError(error) {
      entry.duplicateOf = answer(error).video_id;
      finish(entry, isTemporary(error) ? "failed" : "refused", reason(error));
    },
  });
  change(entry, { state: "waiting", detail: null });
}

/** Refreshes an expired access token. Every PATCH follows a HEAD or POST, so those are enough. */
async function refreshLogin(entry) {
  const { aborts } = entry;
  try {
    await api("/api/me/");
  } finally {
    // tus would send the request even if the upload was aborted meanwhile, so never let it continue.
    if (entry.aborts !== aborts) await new Promise(() => {});
  }
}

function abort(entry) {
  entry.aborts = (entry.aborts ?? 0) + 1;
  entry.upload?.abort();
}

function onCreated(entry) {
  entry.upload.options.endpoint = null;
  const id = idOf(entry.upload.url);
  entries.filter((one) => one.id === id && one !== entry).forEach(remove); // refresh() may have listed it already
  change(entry, { id, state: "sending", detail: null });
  entry.resolveCreated?.();
}

function onProgress(entry, sent) {
  const now = performance.now() / 1000;
  entry.since ??= { now, sent };
  const speed = (sent - entry.since.sent) / (now - entry.since.now);
  change(entry, { offset: sent, speed: speed > 0 && Number.isFinite(speed) ? speed : null });
}

function stop(entry, state, detail = null) {
  change(entry, { state, detail, speed: null, since: null });
}

function finish(entry, state, detail) {
  stop(entry, state, detail);
  startNext();
  refresh().catch(() => {}); // the view polls as well
}

const statusOf = (error) => error.originalResponse?.getStatus() ?? 0;

const isTemporary = (error) => statusOf(error) >= 500 || TEMPORARY.includes(statusOf(error));

function answer(error) {
  try {
    return JSON.parse(error.originalResponse.getBody());
  } catch {
    return {};
  }
}

const reason = (error) => answer(error).detail ??
  (statusOf(error) ? `The server answered with ${statusOf(error)}.` : "The connection was lost.");

function remove(entry) {
  entries.splice(entries.indexOf(entry), 1);
  change(entry, { state: "removed" });
}

const inState = (...states) => entries.filter(({ state }) => states.includes(state));

function startNext() {
  const free = MAX_PARALLEL - inState("sending", "stalled").length;
  for (const entry of inState("waiting").reverse().slice(0, Math.max(0, free))) {
    change(entry, { state: "sending" });
    entry.upload.start();
  }
}

export function pause(entry) {
  abort(entry);
  stop(entry, "paused");
  startNext();
}

export function resume(entry) {
  stop(entry, "waiting");
  startNext();
}

export async function cancel(entry) {
  abort(entry);
  if (entry.id) await api(`${PATH}${entry.id}/`, { method: "DELETE" });
  remove(entry);
  startNext();
}

export async function setMetadata(entry, fields) {
  await entry.created; // until then the server does not know the upload
  await api(`${PATH}${entry.id}/metadata/`, { method: "PUT", body: fields });
}

/** What this page has sent or will send, and can still be given metadata. */
export const editable = () => entries.filter(({ upload, state, video }) => upload && state !== "refused" && !video);

export async function setCategory(entry, category) {
  if (entry.id || entry.state !== "waiting") await setMetadata(entry, { category });
  else entry.upload.options.metadata.category = category; // the server will know it from the beginning
}

addEventListener("online", () => inState("failed").forEach(resume));
