// Who may see a video or a series: everyone or some groups, from an age on, and whether and when it is published.

import { api, ApiError } from "./api.js";
import { ask } from "./dialog.js";
import { el, formatDate } from "./dom.js";

const AGES = [["0", "Every age"], ...[6, 12, 16, 18].map((age) => [String(age), `From ${age}`])];
const KEEP = ["", "Leave as it is"];

/** All groups by name: id → name. */
export const groupNames = async () =>
  new Map((await api("/api/admin/groups/names/")).map(({ id, name }) => [id, name]));

/** Signs for what keeps some people from seeing it; none if everyone sees it. */
export function audienceSigns({ group_ids: ids, min_age: age, is_draft: isDraft, visible_from: from }, names) {
  const groups = ids && (ids.map((id) => names.get(id)).filter(Boolean).join(", ") || "Administrators");
  const texts = [isDraft && "Draft", from && new Date(from) > new Date() && `From ${formatDate(from)}`, groups,
    age > 0 && `From age ${age}`];
  return texts.filter(Boolean).map((text) => el("span.badge.sign", text));
}

/**
 * Asks who may see something: `title` in the dialog, the `audience` that it has, and the `names` of all groups.
 * `submit` gets the fields for the API. Without an audience, for several at once, each question can be left open.
 */
export function askAudience({ title, audience, names, submit }) {
  const kept = audience ? [] : [KEEP];
  const hint = names.size ? "Without a group, only administrators see it." : "There are no groups yet: see Groups.";
  const time = audience?.visible_from;
  const who = audience && (audience.group_ids ? "groups" : "everyone");
  const when = audience && (audience.is_draft ? "draft" : time ? "later" : "now");
  return ask({
    title,
    fields: [
      { name: "who", label: "Visible to", type: "select", value: who,
        options: [...kept, ["everyone", "Everyone who is logged in"], ["groups", "Certain groups"]] },
      { name: "group_ids", label: "Groups", type: "choices", hint, options: [...names],
        value: audience?.group_ids ?? [] },
      { name: "min_age", label: "Age", type: "select", options: [...kept, ...AGES], value: String(audience?.min_age),
        hint: "Profiles of children see what is for their age." },
      { name: "when", label: "Published", type: "select", value: when,
        options: [...kept, ["now", "Yes"], ["later", "From a time on"], ["draft", "No: a draft for administrators"]] },
      { name: "visible_from", label: "Visible from", type: "datetime-local", value: time && localTime(time) },
    ],
    submit: (values) => submit(changesOf(values)),
  });
}

function changesOf({ who, group_ids: ids, min_age: age, when, visible_from: from }) {
  if (when === "later" && !from) throw new ApiError(0, "", { visible_from: "Please choose a time." });
  const groups = { everyone: { group_ids: null }, groups: { group_ids: ids.map(Number) } };
  const times = {
    now: { is_draft: false, visible_from: null },
    later: { is_draft: false, visible_from: from && new Date(from).toISOString() },
    draft: { is_draft: true },
  };
  return { ...groups[who], ...(age && { min_age: Number(age) }), ...times[when] };
}

/** The value of an <input type="datetime-local">. */
export function localTime(time) {
  const date = new Date(time);
  return new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
