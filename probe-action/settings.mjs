// What the probe is asked, by PROBE_* variables, and the browser it uses.

import { access, constants } from "node:fs/promises";
import path from "node:path";

const BROWSERS = ["chromium", "google-chrome-stable", "google-chrome", "chromium-browser", "chrome"];

export class WrongSettings extends Error {}

/** The settings in `environment`; spans are seconds there and milliseconds here. Throws WrongSettings. */
export function settings(environment) {
  return {
    url: address(environment.PROBE_URL),
    // All of it. A host that wakes an app installs it anew, which takes minutes.
    limitMs: 1000 * positive(environment, "PROBE_LIMIT_S", 900),
    tries: Math.ceil(positive(environment, "PROBE_TRIES", 3)),
    // How long a page may take to answer, and then to show prices.
    openMs: 1000 * positive(environment, "PROBE_OPEN_S", 60),
    wakeMs: 1000 * positive(environment, "PROBE_WAKE_S", 300),
    // Before the second try; before the third twice that.
    pauseMs: 1000 * positive(environment, "PROBE_PAUSE_S", 20),
    artefacts: environment.PROBE_ARTEFACTS || "probe-artefacts",
    isSandboxed: environment.PROBE_SANDBOX === "true",
  };
}

/** The path of a browser: PROBE_BROWSER, else the first Chromium or Chrome on the PATH. Throws WrongSettings. */
export async function browserPath(environment) {
  if (environment.PROBE_BROWSER) return environment.PROBE_BROWSER;
  for (const name of BROWSERS) {
    for (const folder of (environment.PATH ?? "").split(path.delimiter)) {
      const file = path.join(folder, name);
      if (await access(file, constants.X_OK).then(() => true, () => false)) return file;
    }
  }
  throw new WrongSettings("no Chromium was found on the PATH; PROBE_BROWSER may name one");
}

function address(text) {
  if (!text) throw new WrongSettings("PROBE_URL is not set; it is the address of the application");
  if (!URL.canParse(text) || !["http:", "https:"].includes(new URL(text).protocol)) {
    throw new WrongSettings(`PROBE_URL is no http address: ${text}`);
  }
  return text;
}

function positive(environment, name, otherwise) {
  const number = Number(environment[name] || otherwise);
  if (!(number > 0 && number < Infinity)) throw new WrongSettings(`${name} must be a number above 0, not ${environment[name]}`);
  return number;
}
