// Texts with variables: a click inserts one, and a preview shows the result. Forms are swapped in and out.
"use strict";
(() => {
  const FIELD = /^(?:contact|ticket)\.field\.(\S.{0,79})$/s;
  const boxOf = (element) => element.closest("[data-quick]");

  const show = (box) => {
    const text = box.querySelector("[data-quick-text]");
    const preview = box.querySelector("[data-quick-preview]");
    const buttons = [...box.querySelectorAll("[data-quick-insert]")];
    const examples = new Map(buttons.map((button) => [button.dataset.name, button.dataset.example]));
    const unknown = new Set();
    preview.querySelector("[data-quick-shown]").textContent = text.value.replace(/\{\{(.*?)\}\}/gs, (whole, inside) => {
      const [name, ...otherwise] = inside.split("|").map((part) => part.trim());
      if (examples.has(name)) return examples.get(name);
      // Custom fields are the flow's: what stands for a missing value, else the field's own name, shows where it goes.
      const field = FIELD.exec(name);
      if (field) return otherwise.join("|") || field[1];
      unknown.add(whole);
      return whole;
    });
    const error = preview.querySelector("[data-quick-error]");
    error.textContent = unknown.size ? `${preview.dataset.unknown} ${[...unknown].join(", ")}` : "";
    preview.hidden = !text.value.trim();
  };
  const showAll = () => document.querySelectorAll("[data-quick]").forEach(show);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-quick-insert]");
    if (!button) return;
    const text = boxOf(button).querySelector("[data-quick-text]");
    text.setRangeText(button.dataset.quickInsert, text.selectionStart, text.selectionEnd, "end");
    text.focus();
    show(boxOf(button));
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-quick-text]")) show(boxOf(event.target));
  });
  document.addEventListener("DOMContentLoaded", showAll);
  document.addEventListener("htmx:after:swap", showAll);
})();
