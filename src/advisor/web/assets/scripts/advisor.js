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

  // A lost connection or a failure of the server is said aloud.
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, () => announce(document.body.dataset.failed));
  }

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
  document.addEventListener("DOMContentLoaded", () => {
    show();
    begin();
  });
  document.addEventListener("htmx:afterSettle", show);
})();
