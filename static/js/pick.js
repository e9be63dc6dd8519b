// Turns <select data-pick> into a searchable field, and suggests the browser's time zone.
// With data-pick-url the server searches options that aren't in the page (core/form_fields.py).
"use strict";
(() => {
  const proposeZone = (select) => {
    if (select.dataset.zone === undefined || select.form?.dataset.posted !== undefined) return;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone || select.dataset.zone !== "propose") return;
    // Browsers know some zones by names that are not on offer.
    if (![...select.options].some((option) => option.value === zone)) select.add(new Option(zone.split("/").at(-1).replaceAll("_", " "), zone));
    select.value = zone;
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
        // Searched at each keystroke: with a delay, the focus would be pulled back into the field after the user left
        // it.
        refreshThrottle: 0,
        hidePlaceholder: true,
        closeAfterSelect: !many,
        // What was typed led to the choice; the next search begins anew.
        onItemAdd() {
          if (!many || !this.isFocused) return;
          this.setTextboxValue("");
          this.refreshOptions();
        },
      });
      // Labels and descriptions belong to the visible control; the select behind it is hidden from assistive
      // technology.
      for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
        if (select.hasAttribute(name)) control.setAttribute(name, select.getAttribute(name));
      }
      select.setAttribute("aria-hidden", "true");
    }
  };
  document.addEventListener("DOMContentLoaded", () => enhance(document));
  for (const name of ["htmx:after:swap", "filters:applied"]) document.addEventListener(name, () => enhance(document));
})();
