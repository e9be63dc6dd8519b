/* Suggestions for a word in the composer, in a list above it: arrow keys select, Enter or Tab inserts, Escape closes.
   `desk.suggest` creates one; its caller decides what is suggested, and when. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const COMPOSER = "form[data-composer] textarea";
  const area = () => desk.root.querySelector(COMPOSER);

  /* part: data-part of the list; pattern: matches the text up to the caret, its second group is the word; allowed:
     whether suggestions are enabled now; follow(now): the text matches and wasn't dismissed; ended(): the text no
     longer matches, or the list is closed; text(option): the text to insert; inserted(option): it is;
     escaped(now): Escape has closed the list. */
  desk.suggest = ({ part, pattern, allowed = () => true, follow, ended = () => {}, text, inserted = () => {}, escaped = () => {} }) => {
    const list = () => desk.part(part);
    const options = () => [...(list()?.querySelectorAll("[role=option]:not([hidden])") ?? [])];
    const chosen = () => list()?.querySelector("[aria-selected=true]");
    let dismissed = -1;

    const typed = () => {
      const field = area();
      if (!field || !allowed() || field.selectionStart !== field.selectionEnd) return null;
      const match = pattern.exec(field.value.slice(0, field.selectionStart));
      return match && { word: match[2], from: field.selectionStart - match[2].length - 1 };
    };

    const choose = (option) => {
      for (const other of list().querySelectorAll("[role=option]")) other.setAttribute("aria-selected", String(other === option));
      const field = area();
      if (!option) return field?.removeAttribute("aria-activedescendant");
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    };

    const close = () => {
      ended();
      list()?.remove();
      for (const name of ["aria-activedescendant", "aria-controls"]) area()?.removeAttribute(name);
    };

    const show = (content) => {
      list()?.remove();
      area().closest(".composer").prepend(content);
      area().setAttribute("aria-controls", list().querySelector("[role=listbox]").id);
    };

    const insert = (option) => {
      const now = typed();
      if (!now || !option) return;
      const field = area();
      const words = text(option);
      field.focus();
      field.setSelectionRange(now.from, field.selectionStart);
      // As if typed, so that it can be undone.
      if (!document.execCommand("insertText", false, words)) field.setRangeText(words, now.from, field.selectionEnd, "end");
      dismissed = now.from;
      close();
      field.dispatchEvent(new Event("input", { bubbles: true }));
      inserted(option);
    };

    const step = (by) => choose(options().at((options().indexOf(chosen()) + by) % options().length));
    const keys = { ArrowDown: () => step(1), ArrowUp: () => step(-1), Enter: () => insert(chosen()), Tab: () => insert(chosen()) };

    // Before the composer's own handler, for which Enter sends.
    desk.root.addEventListener("keydown", (event) => {
      if (!list() || !event.target.matches?.(COMPOSER) || event.isComposing) return;
      if (event.key === "Escape") {
        const now = typed();
        dismissed = now?.from ?? -1;
        close();
        if (now) escaped(now);
      } else if (keys[event.key] && !event.shiftKey && options().length) keys[event.key]();
      else return;
      event.preventDefault();
      event.stopPropagation();
    }, true);

    desk.root.addEventListener("input", (event) => {
      if (!event.target.matches?.(COMPOSER)) return;
      const now = typed();
      if (!now) {
        dismissed = -1;
        // Attributes set by the other lists stay.
        if (list()) close();
        else ended();
      } else if (dismissed !== now.from) follow(now);
    });

    desk.root.addEventListener("mousedown", (event) => {
      const option = event.target.closest(`[data-part=${part}] [role=option]`);
      if (!option) return;
      event.preventDefault();
      insert(option);
    });

    desk.root.addEventListener("focusout", (event) => {
      if (event.target === area() && list() && !list().contains(event.relatedTarget)) close();
    });

    return { list, options, chosen, choose, typed, show, close };
  };
})();
