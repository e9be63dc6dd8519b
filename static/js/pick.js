// Turns <select data-pick> into a field to search and pick in, and proposes the browser's time zone.
// With data-pick-url the server searches among those not offered (core/form_fields.py).
"use strict";
(() => {
  const proposeZone = (select) => {
    if (select.dataset.zone === undefined || select.form?.dataset.posted !== undefined) return;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (select.dataset.zone === "propose" && [...select.options].some((option) => option.value === zone)) {
      select.value = zone;
    }
  };
  const say = (className, text) => {
    const element = document.createElement("div");
    element.className = className;
    element.textContent = text;
    return element;
  };
  const search = (url) => async (text, done) => {
    try {
      const answer = await fetch(`${url}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
      const found = answer.ok ? await answer.json() : {};
      done(found.people ?? found.choices ?? []);
    } catch {
      done();
    }
  };
  const enhance = (root) => {
    for (const select of root.querySelectorAll("select[data-pick]")) {
      if (select.tomselect) continue;
      proposeZone(select);
      const many = select.multiple;
      const { control_input: control } = new TomSelect(select, {
        plugins: many ? { remove_button: { title: select.dataset.pickRemove || "" } } : {},
        render: { no_results: () => say("no-results", select.dataset.pickNone || "–") },
        ...(select.dataset.pickUrl ? { load: search(select.dataset.pickUrl) } : {}),
        maxOptions: 700,
        // Searched with each letter: put off, it would call whoever has gone on meanwhile back into the field.
        refreshThrottle: 0,
        hidePlaceholder: true,
        closeAfterSelect: !many,
      });
      // What is said about the field belongs to the control that is used; the select behind it is said to nobody.
      for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
        if (select.hasAttribute(name)) control.setAttribute(name, select.getAttribute(name));
      }
      select.setAttribute("aria-hidden", "true");
    }
  };
  document.addEventListener("DOMContentLoaded", () => enhance(document));
  document.addEventListener("htmx:after:swap", () => enhance(document));
})();
