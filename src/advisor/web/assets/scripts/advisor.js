// What a page gains where scripts run. Everything works without it.
(() => {
  "use strict";

  const announce = (text) => {
    const live = document.getElementById("live");
    if (!live || !text) return;
    live.textContent = "";
    // A live region speaks only what changes after it was emptied.
    window.setTimeout(() => {
      live.textContent = text;
    }, 50);
  };

  const focus = (element) => {
    if (!element) return;
    if (!element.matches("a[href], button, input, select, textarea, summary, [tabindex]")) {
      element.setAttribute("tabindex", "-1");
    }
    element.focus();
  };

  // A summary of errors takes the focus when the page opens, or else an element that asks for it.
  // What was done on the page before is said.
  const begin = () => {
    focus(document.querySelector("[data-error-summary]") ?? document.querySelector("[data-focus]"));
    announce(document.querySelector("[data-says]")?.dataset.says);
  };

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-print]") : null;
    if (button) window.print();
  });

  // A memo has the reader's date, under whatever path the site stands.
  const path = new URL("..", document.currentScript.src).pathname.slice(0, -1) || "/";
  document.cookie = `zone=${Intl.DateTimeFormat().resolvedOptions().timeZone};path=${path};SameSite=Lax`;

  // A text is copied with one press, and that it was is shown on the button and said.
  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (!button) return;
    const text = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = button.dataset.saysCopied;
      announce(button.dataset.saysCopied);
    } catch {
      window.getSelection().selectAllChildren(text); // where the clipboard is not to be had, it is marked to be copied by hand
    }
  });

  // Details are opened for paper where the page asks for it, and closed again after.
  const opened = new Set();
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details[data-print-open]:not([open])")) {
      details.open = true;
      opened.add(details);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    opened.clear();
  });

  // What an address leads to is opened where it is folded up.
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    for (let each = target?.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
    if (target) target.scrollIntoView();
  };
  window.addEventListener("hashchange", unfold);

  // After a swap: say what changed (`data-says` on what came; `data-says-once` only the first time), and put the focus where it asks (`data-focus`, or an
  // error summary). htmx itself keeps the focus on a field that has an id and is there before and after.
  const told = new Set();
  document.addEventListener("htmx:afterSettle", (event) => {
    const came = event.detail.elt instanceof Element ? event.detail.elt : document.body;
    const find = (selector) => (came.matches(selector) ? came : came.querySelector(selector));
    focus(find("[data-error-summary]") ?? find("[data-focus]"));
    announce(find("[data-says]")?.dataset.says);
    const once = find("[data-says-once]")?.dataset.saysOnce;
    if (once && !told.has(once)) announce(once);
    told.add(once);
  });

  // What was entered on a page stays on it when it could not be sent, and comes back should the page be opened anew: after
  // signing in again, or when somebody left it without saving. It is kept in this tab only, until it is saved or somebody signs out.
  const storage = (() => {
    try {
      return window.sessionStorage;
    } catch {
      return null; // a frame on another site may keep nothing
    }
  })();
  const place = () => `advisor-kept ${window.location.pathname}`;
  const isEntered = (field) => field.name && field.type !== "hidden" && field.type !== "submit";
  const enteredIn = (form) =>
    JSON.stringify([...form.elements].filter(isEntered).map((field) => [field.name, field.value, Boolean(field.checked)]));
  const keep = (form) => storage?.setItem(place(), enteredIn(form));
  const keptForm = () => document.querySelector("form[data-keep]");
  let asOpened = "";
  let isSent = false;
  const remember = () => {
    asOpened = keptForm() ? enteredIn(keptForm()) : "";
  };
  // At once and not only on leaving: what a page writes when it is left may come after the next page has read it.
  const noteDown = () => {
    if (isSent || !keptForm()) return;
    if (enteredIn(keptForm()) !== asOpened) keep(keptForm());
    else storage?.removeItem(place());
  };
  document.addEventListener("input", noteDown);
  window.addEventListener("pagehide", noteDown);
  const bringBack = () => {
    const form = keptForm();
    const entered = JSON.parse(storage?.getItem(place()) ?? "null");
    if (!form || !entered || document.querySelector("[data-error-summary]")) return;
    let changed = false;
    for (const [name, value, checked] of entered) {
      for (const field of form.elements) {
        const isChoice = field.type === "radio" || field.type === "checkbox";
        if (field.name !== name || (isChoice && field.value !== value)) continue;
        const before = isChoice ? field.checked : field.value;
        if (isChoice) field.checked = checked;
        else field.value = value;
        changed ||= before !== (isChoice ? field.checked : field.value);
      }
    }
    if (!changed) return;
    const notice = document.getElementById("kept").content.cloneNode(true);
    document.getElementById("main").prepend(notice);
    announce(document.querySelector("[data-says]")?.dataset.says);
  };
  document.addEventListener("submit", (event) => {
    isSent = true;
    if (event.target instanceof HTMLFormElement && event.target.action.endsWith("/logout")) storage?.clear();
  });

  // A failure is shown on top, in the server's own words where it gave some, with a button that sends the same again.
  let sent = null;
  const fail = (response) => {
    const shown = document.getElementById("failure").content.cloneNode(true);
    const said = response ? new DOMParser().parseFromString(response, "text/html").querySelector("main") : null;
    if (said?.querySelector("h1")) {
      shown.querySelector("h2").textContent = said.querySelector("h1").textContent;
      shown.querySelector("[data-failure-now]").textContent = said.querySelector("p")?.textContent ?? "";
    }
    for (const earlier of document.querySelectorAll("[data-failure]")) earlier.remove();
    document.getElementById("main").prepend(shown);
    focus(document.querySelector("[data-failure]"));
  };
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "post" || !(event.detail.elt instanceof HTMLFormElement)) return;
    const { elt, triggeringEvent } = event.detail;
    const typed = elt.querySelector("textarea#names")?.value ?? "";
    const entered = enteredIn(elt);
    const isChanged = elt === keptForm() && entered !== asOpened;
    sent = { form: elt, submitter: triggeringEvent?.submitter ?? null, typed, place: place(), entered, isChanged };
  });
  document.addEventListener("click", (event) => {
    const again = event.target instanceof Element ? event.target.closest("[data-try-again]") : null;
    if (again && sent?.form.isConnected) sent.form.requestSubmit(sent.submitter);
    else if (again) window.location.reload();
  });
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, (event) => {
      if (event.detail.requestConfig?.verb !== "post") return; // a part of the page that is asked for again by itself
      if (sent?.form.matches("[data-keep]")) keep(sent.form);
      fail(event.detail.xhr?.responseText);
    });
  }
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status === 401 && sent?.form.matches("[data-keep]")) keep(sent.form);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    isSent = false;
    if (!event.detail.successful || event.detail.requestConfig.verb !== "post" || !sent) return;
    const isSkipped = sent.submitter?.value === "skip"; // what was entered there is not saved, and is not lost either
    if (isSkipped && sent.isChanged) storage?.setItem(sent.place, sent.entered);
    else storage?.removeItem(sent.place);
  });

  // Names that are typed while those before are being saved are carried over to the page that comes.
  let typedMeanwhile = "";
  document.addEventListener("htmx:beforeSwap", () => {
    const now = document.querySelector("textarea#names")?.value ?? "";
    typedMeanwhile = sent && now.startsWith(sent.typed) ? now.slice(sent.typed.length) : now;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const names = document.querySelector("textarea#names");
    if (names && typedMeanwhile && names.value === "") names.value = typedMeanwhile.replace(/^\n/, "");
    typedMeanwhile = "";
  });

  // Buttons that need a script are shown only where scripts run, and times are told in the reader's own zone.
  const show = () => {
    for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;
    for (const element of document.querySelectorAll("time[data-clock]")) {
      delete element.dataset.clock;
      element.textContent = new Date(element.dateTime).toLocaleString(document.documentElement.lang, {
        dateStyle: "long",
        timeStyle: "short",
      });
    }
  };
  // Who ticks a thing that is to be named finds the field for its name open.
  document.addEventListener("change", (event) => {
    const box = event.target instanceof HTMLInputElement && event.target.type === "checkbox" ? event.target : null;
    const name = box?.checked ? box.closest(".usa-checkbox")?.querySelector("details.advisor-named") : null;
    if (name) name.open = true;
  });

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-tick-all]") : null;
    for (const box of button?.closest("fieldset").querySelectorAll("input[type=checkbox]") ?? []) box.checked = true;
  });

  document.addEventListener("DOMContentLoaded", () => {
    show();
    if (window.location.hash) unfold();
    begin();
    remember();
    bringBack();
  });
  document.addEventListener("htmx:afterSettle", () => {
    show();
    remember();
    bringBack();
  });
})();
