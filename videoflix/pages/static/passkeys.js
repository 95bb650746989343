// Passkeys: adds one in the account, and logs in with one. Browsers that cannot do it do not show the forms.

const post = (path, body) =>
  fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

async function options(path, body) {
  const response = await post(path, body);
  if (!response.ok) throw new Error(response.status);
  return response.json();
}

async function add(form) {
  const { name, password } = form.elements;
  const wanted = await options("/api/me/passkeys/options/", { password: password.value });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(wanted);
  const credential = await navigator.credentials.create({ publicKey });
  const response = await post("/api/me/passkeys/", { credential: credential.toJSON(), name: name.value });
  if (!response.ok) throw new Error(response.status);
  location.assign("/account/security/#passkeys");
  location.reload();
}

async function logIn(form) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await options("/api/login/passkey/options/", {}));
  const credential = await navigator.credentials.get({ publicKey });
  const remember = document.getElementById("remember").checked;
  const response = await post("/api/login/passkey/", { credential: credential.toJSON(), remember });
  if (!response.ok) throw new Error(response.status);
  location.replace(form.dataset.next);
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    const failed = form.querySelector("[role=alert]");
    button.disabled = true;
    failed.hidden = true;
    await (form.dataset.passkey === "add" ? add(form) : logIn(form)).catch(() => (failed.hidden = false));
    button.disabled = false;
  });
}
