// The login page: the same accounts as everywhere, but only administrators get further.

import { send } from "./api.js";

const form = document.querySelector("form");
const wrong = document.getElementById("wrong");
const press = form.querySelector("button");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (press.ariaBusy === "true") return;
  press.ariaBusy = "true";
  wrong.textContent = "";
  try {
    await enter();
  } catch (error) {
    wrong.textContent = error.message;
    form.elements.password.select();
  } finally {
    press.ariaBusy = null;
  }
});

async function enter() {
  const { email, password } = form.elements;
  await send("/api/login/", { method: "POST", body: { email: email.value.trim(), password: password.value } });
  const { is_staff: isAdmin } = await send("/api/me/");
  if (isAdmin) return location.replace(`/admin/${location.hash}`); // back to the page that sent us here
  await send("/api/logout/", { method: "POST" });
  throw new Error("This account may not enter: it is no administrator’s.");
}
