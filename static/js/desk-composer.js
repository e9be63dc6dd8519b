/* Composer: Enter sends, Shift+Enter breaks the line; reply or note; drafts are kept per ticket. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const drafts = window.weniDrafts;
  const form = () => desk.root.querySelector("form[data-composer]");

  desk.composer = () => {
    const area = form()?.elements.text;
    return area && area.offsetParent !== null ? area : null;
  };
  desk.focusComposer = () => desk.composer()?.focus({ preventScroll: true });

  const isNote = () => form()?.elements.note.value === "1";

  /* Fallback where CSS can't grow the field with its text. */
  const grow = (area) => {
    if (!CSS.supports("field-sizing", "content")) area.rows = Math.min(8, area.value.split("\n").length);
  };

  /* What this tab stored last: another one may have stored a draft of its own since, which an empty field here doesn't
     erase. */
  let own = "";

  const keep = () => {
    const text = form()?.elements.text.value ?? "";
    if (!text.trim() && drafts.read(desk.openId())?.text !== own) return;
    drafts.write(desk.openId(), { text, note: isNote() });
    own = text;
  };

  desk.keepDraft = () => form()?.elements.text.value.trim() && keep();

  /* Another tab sent or cleared what stands here too. */
  desk.draftGone = (text) => {
    const area = form()?.elements.text;
    if (!area) return;
    if (area.value === text) area.value = "";
    desk.keepDraft();
    grow(area);
  };

  /* Reply or note. If replying isn't possible, its tab shows why, and what can be done. */
  const setMode = (note) => {
    const element = form();
    if (!element) return;
    const can = "reply" in element.dataset;
    element.elements.note.value = note ? "1" : "";
    element.classList.toggle("composer--note", note);
    for (const button of desk.root.querySelectorAll("[data-mode-button]")) {
      button.setAttribute("aria-pressed", String((button.dataset.modeButton === "note") === note));
    }
    const area = element.elements.text;
    area.placeholder = note ? area.dataset.placeholderNote : area.dataset.placeholderReply;
    area.setAttribute("aria-label", area.placeholder);
    for (const name of ["writing", "adding", "sending"]) desk.part(name).hidden = !note && !can;
    const instead = desk.part("instead");
    if (instead) instead.hidden = note;
    desk.showKept?.(note || can ? [] : [area.value]);
  };

  desk.restoreDraft = () => {
    const element = form();
    if (!element) return;
    const draft = drafts.read(desk.openId());
    const area = element.elements.text;
    if (draft && !area.value) area.value = draft.text;
    own = draft?.text ?? "";
    setMode(Boolean(draft?.note));
    grow(area);
  };

  desk.acts.mode = (button) => {
    setMode(button.dataset.modeButton === "note");
    keep();
    desk.focusComposer();
  };

  desk.acts["make-note"] = () => {
    setMode(true);
    keep();
    desk.focusComposer();
  };

  /* Returns a text to the composer for editing, unless something else is being written. If replying is no longer
     possible, it can be made a note. */
  desk.write = ({ text, note }) => {
    const element = form();
    const area = element?.elements.text;
    if (!area || area.value.trim()) return false;
    area.value = text;
    setMode(note || !("reply" in element.dataset));
    grow(area);
    keep();
    return true;
  };

  const clear = (element) => {
    drafts.sent(desk.openId(), element.elements.text.value);
    element.elements.text.value = "";
    if (isNote()) setMode(false);
    grow(element.elements.text);
  };

  /* A message with files stays here until it is stored; resent unchanged, it is the same message. */
  let last = { of: "", key: "" };
  const keyOf = (...content) => {
    const text = JSON.stringify(content);
    if (last.of !== text) last = { of: text, key: desk.newKey() };
    return last.key;
  };

  let sending = false;

  const sendWithFiles = async (element, id) => {
    const area = element.elements.text;
    sending = true;
    element.setAttribute("aria-busy", "true");
    await desk.voice?.done(id);
    // Wait for files still uploading.
    const ready = await desk.files.settled(id);
    const text = area.value;
    const note = isNote();
    const data = new FormData(element);
    data.delete("files");
    const files = desk.files.ids(id);
    for (const file of files) data.append("uploads", file);
    data.set("key", keyOf(id, text, note, files));
    const answer = ready ? await desk.post(element.action, data) : null;
    sending = false;
    element.removeAttribute("aria-busy");
    if (!ready) {
      desk.toast(desk.text("FilesUnready"), "danger");
      return;
    }
    if (!answer.ok) {
      desk.complain(answer);
      desk.files.gone(id, answer.content.querySelector("[data-gone]")?.dataset.gone.split(" ") ?? []);
      desk.refreshFrame();
      return;
    }
    drafts.sent(id, text);
    desk.files.sent(id, files);
    if (id !== desk.openId()) return;
    // Keep text typed while the message was being sent.
    area.value = area.value.startsWith(text) ? area.value.slice(text.length) : area.value;
    if (note) setMode(false);
    grow(area);
    keep();
    await desk.refreshLines();
    desk.toEnd();
    desk.refreshList();
    // The files in the side panel.
    desk.refreshFrame();
  };

  const send = (element) => {
    const area = element.elements.text;
    const id = desk.openId();
    if (sending) return;
    if (desk.files.any(id) || desk.voice?.any(id)) {
      sendWithFiles(element, id);
      return;
    }
    const text = area.value.trim();
    area.focus();
    if (!text) return;
    const note = isNote();
    clear(element);
    desk.sendText(id, text, note);
  };

  desk.root.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-composer]")) return;
    event.preventDefault();
    send(event.target);
  });

  desk.root.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("form[data-composer] textarea")) return;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });

  desk.root.addEventListener("input", (event) => {
    if (!event.target.matches?.("form[data-composer] textarea")) return;
    grow(event.target);
    keep();
  });
})();
