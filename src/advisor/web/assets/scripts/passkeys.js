// A form that a passkey answers: the browser is asked, what it answers goes into the form, and the form is sent.
(() => {
  "use strict";

  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer ?? []))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const known = (passkeys) => (passkeys ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

  // What the form's server asks: it stands in the form, or is asked for in this moment.
  const asked = async (form) => {
    if (form.dataset.passkeyOptions) return JSON.parse(form.dataset.passkeyOptions);
    const response = await fetch(form.dataset.passkeyAsk, { method: "POST", redirect: "error" });
    if (!response.ok) throw new Error(response.statusText);
    return response.json();
  };

  const answered = async (options) => {
    const publicKey = { ...options, challenge: bytes(options.challenge) };
    if (options.user) {
      publicKey.user = { ...options.user, id: bytes(options.user.id) };
      publicKey.excludeCredentials = known(options.excludeCredentials);
      return navigator.credentials.create({ publicKey });
    }
    publicKey.allowCredentials = known(options.allowCredentials);
    return navigator.credentials.get({ publicKey });
  };

  const fill = (form, name, value) => {
    const field = form.elements.namedItem(name) ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
    field.value = value;
  };

  const send = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const stopped = form.querySelector("[data-passkey-stopped]");
    stopped.hidden = true;
    try {
      const passkey = await answered(await asked(form));
      const { clientDataJSON, attestationObject, authenticatorData, signature, userHandle } = passkey.response;
      fill(form, "credential", text(passkey.rawId));
      fill(form, "client-data", text(clientDataJSON));
      if (attestationObject) {
        fill(form, "attestation", text(attestationObject));
      } else {
        fill(form, "authenticator", text(authenticatorData));
        fill(form, "signature", text(signature));
        fill(form, "user", text(userHandle));
      }
      form.submit();
    } catch {
      stopped.hidden = false;
      stopped.focus();
    }
  };

  if (!window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll("[data-passkey-ask], [data-passkey-options]")) {
    form.querySelector("[data-passkey-missing]").hidden = true;
    form.querySelector("[data-passkey-button]").hidden = false;
    form.addEventListener("submit", send);
  }
})();
