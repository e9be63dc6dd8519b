/* Dialogs of the desk: closing with tags, transferring, an earlier ticket of the contact, keyboard help. Fetched on demand; an invalid form comes back
   with all that was selected and typed. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const dialog = desk.part("dialog");
  const ready = window.weniChoices(dialog);

  const show = (content) => {
    dialog.replaceChildren(content);
    window.weniLayers.openDialog(dialog);
    const at = dialog.querySelector("[aria-invalid=true], [data-focus], [autofocus]");
    at?.focus();
    ready();
    desk.guardDraft(dialog.querySelector("form[data-act=close] [data-send]"), desk.openId());
  };

  const openFrom = async (path) => {
    const id = desk.openId();
    if (!id) return;
    const answer = await desk.get(desk.ticketUrl(id, path));
    if (id !== desk.openId()) return;
    if (answer.ok) show(answer.content);
    else desk.complain(answer);
  };

  desk.acts.close = () => openFrom("close/");
  desk.acts.retag = () => openFrom("retag/");
  desk.acts.rename = () => openFrom("rename/");
  desk.acts.transfer = () => openFrom("transfer/");
  desk.acts.beside = async (link) => {
    const id = desk.openId();
    const answer = await desk.get(desk.ticketUrl(link.dataset.beside, "beside/"));
    if (id !== desk.openId()) return;
    if (answer.ok) {
      show(answer.content);
      return;
    }
    // Out of sight since: the list beside the ticket is an old one.
    if (answer.status === 404) desk.refreshFrame();
    desk.complain(answer);
  };
  desk.acts.keys = () => show(desk.template("keys"));

  /* What was sent before closing arrives before it. If it did not leave, the draft's question is asked, once. */
  const mayClose = async (form, id) => {
    const send = form.querySelector("[data-send]");
    const asked = "confirm" in send.dataset;
    await desk.outgoingSent(id);
    if (asked || !desk.guardDraft(send, id)) return true;
    form.removeAttribute("aria-busy");
    form.requestSubmit(send);
    return false;
  };

  desk.root.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("dialog form[data-act]")) return;
    event.preventDefault();
    if (form.hasAttribute("aria-busy")) return;
    form.setAttribute("aria-busy", "true");
    const id = desk.openId();
    if (form.dataset.act === "close" && !(await mayClose(form, id))) return;
    const leaves = !("stay" in form.dataset);
    if (leaves) {
      desk.handingOn = id;
      await desk.followPresence();
    }
    const answer = await desk.post(form.action, new FormData(form));
    form.removeAttribute("aria-busy");
    if (answer.ok) {
      dialog.close();
      desk.toast(form.dataset.done, "success");
      if (form.dataset.act === "close") window.weniDrafts.forget(id);
      // Changing something about the ticket keeps it open.
      if (!leaves) await Promise.all([desk.refreshFrame(), form.dataset.stay === "lines" ? desk.reloadLines() : desk.refreshLines()]);
      else await desk.openNext();
    }
    desk.handingOn = "";
    if (answer.ok) return;
    if (answer.content.querySelector("form[data-act]")) {
      show(answer.content);
    } else {
      desk.complain(answer);
      if (answer.status === 404) dialog.close();
      desk.refreshFrame();
    }
    // What came meanwhile.
    desk.refreshLines();
  });

  dialog.addEventListener("close", () => {
    dialog.replaceChildren();
    // What opened it may be gone.
    if (document.activeElement === document.body) desk.focusComposer?.();
  });
})();
