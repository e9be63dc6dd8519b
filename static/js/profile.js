/* The profile: previews the photo before upload, and tests the sound and the notifications. */
(() => {
  "use strict";

  const form = document.querySelector("[data-photo]");
  if (form) {
    const field = form.querySelector("input[type=file]");
    const preview = document.querySelector("[data-photo-preview]");
    const problem = document.querySelector("[data-photo-problem]");
    const save = form.querySelector("[data-photo-save]");
    const cancel = form.querySelector("[data-photo-cancel]");
    const remove = document.querySelector("[data-photo-remove]");
    let address = null;

    const complain = (text) => {
      problem.textContent = text;
      problem.hidden = !text;
    };

    const nothingChosen = () => {
      if (address) URL.revokeObjectURL(address);
      address = null;
      preview.hidden = true;
      preview.removeAttribute("src");
      save.hidden = cancel.hidden = true;
      if (remove) remove.hidden = false;
    };

    const refuse = (text) => {
      field.value = "";
      nothingChosen();
      complain(text);
    };

    field.addEventListener("change", () => {
      const file = field.files[0];
      nothingChosen();
      complain("");
      if (!file) return;
      if (file.size > Number(form.dataset.most)) return refuse(form.dataset.tooLarge);
      address = URL.createObjectURL(file);
      preview.src = address;
    });
    preview.addEventListener("load", () => {
      preview.hidden = save.hidden = cancel.hidden = false;
      if (remove) remove.hidden = true;
    });
    preview.addEventListener("error", () => {
      if (address) refuse(form.dataset.unreadable);
    });
    form.addEventListener("reset", () => {
      complain("");
      nothingChosen();
      field.focus();
    });
    nothingChosen();
  }

  const sound = document.querySelector("[data-try-sound]");
  if (sound && "AudioContext" in window) {
    sound.hidden = false;
    sound.addEventListener("click", () => window.weniTones());
  }

  const notification = document.querySelector("[data-try-notification]");
  const state = document.querySelector("[data-notification-state]");
  if (notification && state) {
    const known = "Notification" in window;
    const tell = () => {
      const permission = known ? Notification.permission : "none";
      state.textContent = state.dataset[permission] ?? "";
      notification.hidden = !known || permission === "denied";
    };
    notification.addEventListener("click", async () => {
      if (Notification.permission === "default") await Notification.requestPermission().catch(() => {});
      tell();
      if (Notification.permission !== "granted") return;
      try {
        new Notification("Weni Chats", { body: notification.dataset.text, tag: "try" });
      } catch {
        // Some phones support them in installed apps only.
        state.textContent = state.dataset.none;
      }
    });
    tell();
  }
})();
