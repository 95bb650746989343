// Shows a link that is shown only once, with buttons to copy and share it.

import { button } from "./buttons.js";
import { tell } from "./dialog.js";
import { el, setText } from "./dom.js";

export function tellLink(title, link, content) {
  const isLocal = /^(localhost|127\.|\[::1\])/.test(new URL(link).hostname);
  const warning = "It works on this machine only. Set PUBLIC_URL.";
  const field = el("input", { readonly: "", value: link, "aria-label": "Link", onfocus: () => field.select() });
  const status = el("p.hint", { role: "status" });
  const copyButton = button("Copy link", async () => setText(status, await copy(field)), { class: "primary" });
  const shareButton = navigator.share && button("Share", () => navigator.share({ url: link }));
  const shown = [content, el("div.field", field, isLocal && el("p.error", warning), status)];
  return tell(title, shown, [shareButton, copyButton]);
}

/** Pages without HTTPS, such as those of a server at home, have no `navigator.clipboard`. */
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.focus();
    if (!document.execCommand("copy")) return "Please copy the selected link.";
  }
  return "Copied.";
}
