/* A page that Back or Forward brought: its content is that of its address, and so are the fields that filter it.
   window.weniUnsaved tells whether something on a page, or in a form, would be lost with it. */
(() => {
  "use strict";

  /* Browsers fill in again what was chosen last, which is the filter of the page that was left for. */
  const reset = () => {
    for (const form of document.querySelectorAll("form[role=search]")) {
      form.reset();
      for (const select of form.querySelectorAll("select")) select.tomselect?.sync();
    }
  };

  const chosen = (select) => {
    const options = [...select.options];
    // With none named as the usual one, the browser takes the first.
    if (!select.multiple && !options.some((option) => option.defaultSelected)) return select.selectedIndex > 0;
    return options.some((option) => option.selected !== option.defaultSelected);
  };

  const changed = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.type === "file") return field.files.length > 0;
    if (field.matches("select")) return chosen(field);
    return field.matches("input, textarea") && field.value !== field.defaultValue;
  };
  /* A refused form holds what was typed as it came from the server; so does a secret that is shown once. Filters are in
     the address, and what the desk's composer holds is a draft (static/js/drafts.js). */
  const holds = (form) => Boolean(form.querySelector(".error-summary")) || [...form.elements].some(changed);
  const FORMS = "form:not([role=search],[data-filters],[method=dialog],[data-composer])";
  const unsaved = (form = null) => form
    ? holds(form)
    : Boolean(document.querySelector("[data-secret]")) || [...document.querySelectorAll(FORMS)].some(holds);
  window.weniUnsaved = unsaved;

  addEventListener("pageshow", (event) => {
    const [visit] = performance.getEntriesByType("navigation");
    if (event.persisted) {
      // Kept as it was left, it may be old. The desk fetches what it shows once its stream is open again.
      if (!document.querySelector("[data-desk]") && !unsaved()) location.reload();
      else reset();
    } else if (visit?.type === "back_forward") reset();
  });
})();
