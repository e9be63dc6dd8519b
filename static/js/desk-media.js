/* Files of the channel: until they are fetched, their place in the conversation; then themselves, wherever they are
   shown. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const MOST = 50;
  const away = () => [...(desk.part("lines")?.querySelectorAll("[data-media]") ?? [])].slice(-MOST);
  const shown = (id) => desk.part("lines").querySelector(`[data-attachment="${id}"]`);

  /* Replaces a file whose state has changed. A control in it that has the focus hands it to what comes instead. */
  const renew = (fresh) => {
    const known = shown(fresh.dataset.attachment);
    if (!known || known.dataset.media === fresh.dataset.media) return false;
    const focused = known.contains(document.activeElement);
    known.replaceWith(fresh);
    if (focused) (fresh.matches("a") ? fresh : fresh.querySelector("a, button"))?.focus({ preventScroll: true });
    return true;
  };

  desk.refreshMedia = desk.once(async () => {
    // What is told of may be in a line that is on its way.
    await desk.refreshLines();
    const id = desk.liveId();
    const files = away();
    if (!id || !files.length) return;
    const answer = await desk.get(desk.ticketUrl(id, `files/?of=${files.map((file) => file.dataset.attachment).join(",")}`));
    if (id !== desk.openId() || !desk.part("lines")) return;
    if (!answer.ok) return desk.missed(answer);
    let changed = false;
    desk.keepEnd(() => {
      for (const fresh of [...answer.content.querySelectorAll("[data-attachment]")]) changed = renew(fresh) || changed;
    });
    if (changed) desk.refreshFrame();
  });

  desk.acts["fetch-again"] = async (button) => {
    button.setAttribute("aria-busy", "true");
    const answer = await desk.post(button.form.action);
    button.removeAttribute("aria-busy");
    if (!answer.ok) desk.complain(answer);
    desk.refreshMedia();
  };
})();
