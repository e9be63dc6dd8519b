/* Drafts of the desk (static/js/drafts.js): marked in the list, kept in sight if a ticket can't be answered any more,
   and asked about before closing throws them away. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const drafts = window.weniDrafts;

  /* In the list, in place of the last message. */
  const mark = () => {
    for (const item of desk.items()) {
      const preview = item.querySelector(".ticket__preview");
      const draft = item.dataset.ticket === desk.openId() ? null : drafts.read(item.dataset.ticket);
      if (!preview || (!draft && preview.dataset.said === undefined)) continue;
      preview.dataset.said ??= preview.textContent;
      preview.classList.toggle("ticket__preview--draft", Boolean(draft));
      preview.textContent = draft ? desk.text("Draft").replace("{text}", draft.text) : preview.dataset.said;
    }
  };

  const markOpen = desk.markOpen;
  desk.markOpen = () => {
    markOpen();
    mark();
  };

  /* Another tab wrote, sent or cleared a draft. If it sent its own, what is written here is stored again. */
  addEventListener("storage", (event) => {
    if (event.key && !event.key.startsWith("weni:draft:")) return;
    if (drafts.changes(event, desk.openId()) && !event.newValue) desk.draftGone(JSON.parse(event.oldValue).text);
    mark();
  });

  addEventListener("pagehide", () => {
    if (desk.openId() && !drafts.read(desk.openId())) desk.keepDraft();
  });

  /* The text that can't be sent: with the ticket open, it is what stands in the composer as an answer. */
  desk.showKept = (texts = [], focus = false) => {
    const box = desk.part("kept");
    if (!box) return;
    const text = texts.filter((one) => one.trim()).join("\n\n");
    const area = box.querySelector("textarea");
    box.hidden = !text;
    area.value = text;
    area.rows = Math.min(8, text.split("\n").length + 1);
    if (text && focus) area.focus({ preventScroll: true });
  };

  /* Who was typing is told why that ended. */
  desk.footChanged = (held) => {
    desk.restoreDraft();
    const area = desk.part("kept");
    if (!held || area.hidden) return;
    area.querySelector("textarea").focus({ preventScroll: true });
    desk.say(desk.part("instead")?.querySelector("p").textContent ?? "");
  };

  const showLost = desk.showLost;
  desk.showLost = () => {
    const id = desk.openId();
    if (!id || id === desk.handingOn) return showLost();
    desk.keepDraft();
    const writing = desk.part("foot")?.contains(document.activeElement);
    showLost();
    desk.showKept(drafts.texts(id), writing);
  };

  /* Before closing: `button` sends the form. A message on its way is waited for then, and is no draft. Returns whether
     there is something to ask about. */
  desk.guardDraft = (button, id) => {
    if (!button || !(drafts.open(id) || desk.anyUnsent(id))) return false;
    button.dataset.confirmTitle = desk.text("DraftTitle");
    button.dataset.confirm = desk.text("DraftLost");
    button.dataset.confirmOk = desk.text("DraftClose");
    button.dataset.confirmDanger = "";
    return true;
  };

  addEventListener("DOMContentLoaded", mark);
})();
