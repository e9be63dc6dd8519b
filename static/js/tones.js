/* Two short tones, synthesized: no file to fetch. Browsers allow sound after a user gesture. */
(() => {
  "use strict";

  let audio = null;

  window.weniTones ??= () => {
    try {
      audio ??= new AudioContext();
      [660, 880].forEach((frequency, i) => {
        const at = audio.currentTime + i * 0.14;
        const tone = new OscillatorNode(audio, { frequency });
        const volume = new GainNode(audio, { gain: 0 });
        volume.gain.setValueAtTime(0, at);
        volume.gain.linearRampToValueAtTime(0.12, at + 0.02);
        volume.gain.linearRampToValueAtTime(0, at + 0.13);
        tone.connect(volume).connect(audio.destination);
        tone.start(at);
        tone.stop(at + 0.15);
      });
    } catch {
      // No sound on this device.
    }
  };
})();
