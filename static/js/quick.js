// Texts with variables: those are inserted at a click, and a preview shows what would be sent.
"use strict";
(() => {
  const watch = (box) => {
    const text = box.querySelector("[data-quick-text]");
    const preview = box.querySelector("[data-quick-preview]");
    const buttons = [...box.querySelectorAll("[data-quick-insert]")];
    const examples = new Map(buttons.map((button) => [button.dataset.name, button.dataset.example]));
    const shown = preview.querySelector("[data-quick-shown]");
    const error = preview.querySelector("[data-quick-error]");

    const show = () => {
      const unknown = new Set();
      shown.textContent = text.value.replace(/\{\{(.*?)\}\}/gs, (whole, name) => {
        if (examples.has(name.trim())) return examples.get(name.trim());
        unknown.add(whole);
        return whole;
      });
      error.textContent = unknown.size ? `${preview.dataset.unknown} ${[...unknown].join(", ")}` : "";
      preview.hidden = !text.value.trim();
    };

    for (const button of buttons) {
      button.addEventListener("click", () => {
        text.setRangeText(button.dataset.quickInsert, text.selectionStart, text.selectionEnd, "end");
        text.focus();
        show();
      });
    }
    text.addEventListener("input", show);
    show();
  };

  document.querySelectorAll("[data-quick]").forEach(watch);
})();
