/* What becomes of a page whose session has ended. With nothing typed on it, it is loaded anew, which leads to sign-in.
   Otherwise it stays and says so, until the person has signed in again in another tab; what was typed can then be sent.
   Before a form with something typed is sent, the server is asked whether that would reach anything. */
(() => {
  "use strict";

  const { body } = document;
  const { me, session: url } = body.dataset;
  if (!me || !url) return;

  const PATIENCE = 5_000;
  const AGAIN = 10_000;

  const notice = document.getElementById("signed-out");
  let ended = false;

  /* The token of forms changes at sign-in, also for those that were on the page before. */
  const renew = (token) => {
    const forms = [document, ...[...document.querySelectorAll("template")].map((template) => template.content)];
    for (const from of forms) {
      for (const field of from.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    }
    for (const element of document.querySelectorAll("[data-token]")) element.dataset.token = token;
    body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": token }));
  };

  /* "in", "out" (or in as somebody else), or "unknown" without an answer. */
  const ask = async () => {
    try {
      const answer = await fetch(url, {
        headers: { Accept: "application/json", "X-Requested-With": "session" },
        cache: "no-store",
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (!answer.ok) return "unknown";
      const { person, token } = await answer.json();
      if (person !== me) return "out";
      renew(token);
      return "in";
    } catch {
      return "unknown";
    }
  };

  const show = (is) => {
    if (ended === is) return;
    ended = is;
    body.toggleAttribute("data-signed-out", is);
    notice.hidden = !is;
    // A popover, so that it is above an open dialog.
    if (is) notice.showPopover();
    else notice.hidePopover();
  };

  const close = () => {
    if (window.weniUnsaved()) show(true);
    else location.reload();
  };

  /* Something was refused as if nobody were signed in. Returns whether that is so. */
  let asking = null;
  const check = () => {
    asking ??= (async () => {
      const state = await ask();
      asking = null;
      if (state === "out" && !ended) close();
      return state;
    })();
    return asking;
  };

  const back = async () => {
    if (!ended || document.visibilityState !== "visible" || (await ask()) !== "in" || !ended) return;
    show(false);
    window.weni.showToast({ text: notice.dataset.back, level: "success" });
    body.dispatchEvent(new CustomEvent("session:back"));
  };

  addEventListener("focus", back);
  document.addEventListener("visibilitychange", back);
  setInterval(back, AGAIN);

  /* The stream ended or was refused. While somebody is signed in their rights have changed: a page that had the stream
     is loaded anew, except that a new key of the session is no reason to lose what was typed. */
  body.addEventListener("live:refused", async (event) => {
    event.preventDefault();
    const { wasOpen, status } = event.detail;
    const state = await check();
    if (state === "out" || !wasOpen) return;
    if (!status && window.weniUnsaved()) body.dispatchEvent(new CustomEvent("session:back"));
    else location.reload();
  });

  /* Forms. In the capture phase, after the confirmation (static/js/base.js): nothing else sees a form that has to wait. */
  const checked = new WeakSet();
  const waiting = new WeakSet();

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const { submitter } = event;
    if (checked.delete(form) || !form.matches("form[method=post]") || form.target === "_blank") return;
    if (form.matches("[hx-post],[hx-put],[hx-patch],[hx-delete],[data-sign-out],[data-composer]")) return;
    if (!window.weniUnsaved(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (waiting.has(form)) return;
    waiting.add(form);
    const state = await ask();
    waiting.delete(form);
    if (state === "out") {
      show(true);
      notice.querySelector("a").focus();
      return;
    }
    // Closed meanwhile: it is not to be sent any more.
    if (!form.isConnected) return;
    checked.add(form);
    window.weni.resubmit(form, submitter?.isConnected ? submitter : null);
    checked.delete(form);
  }, true);

  window.weniSession = { check };
})();
