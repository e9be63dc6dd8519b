// Quick messages: variables are inserted at a click, and a preview shows what an agent would send.
"use strict";
(() => {
  const text = document.querySelector("[data-quick-text]");
  const preview = document.querySelector("[data-quick-preview]");
  if (!text || !preview) return;
  const buttons = [...document.querySelectorAll("[data-quick-insert]")];
  const examples = new Map(buttons.map((button) => [button.dataset.name, button.dataset.example]));
  const shown = preview.querySelector("[data-quick-shown]");
  const error = preview.querySelector("[data-quick-error]");

  const show = () => {
    const unknown = new Set();
    shown.textContent = text.value.replace(/\{\{\s*(.*?)\s*\}\}/gs, (whole, name) => {
      if (examples.has(name)) return examples.get(name);
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
})();
