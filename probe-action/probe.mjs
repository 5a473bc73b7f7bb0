// Opens the deployed application as a visitor would, wakes it where its host put it to sleep, and says whether prices
// came. Exit code 0: a price of ours was on the screen. 1: it was not, and there are pictures. 2: asked wrongly.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import puppeteer from "puppeteer-core";
import { browserPath, settings, WrongSettings } from "./settings.mjs";

const LOOK_EVERY_MS = 500;
// A press that did nothing is tried again, but a host that is starting the app is not hammered.
const PRESS_AGAIN_MS = 20_000;
const ANSWER_MS = 5_000;
const VIEW = { width: 390, height: 844 };
const FLAGS = ["--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run"];

const began = performance.now();
const elapsedMs = () => performance.now() - began;

function say(words) {
  console.log(`${(elapsedMs() / 1000).toFixed(1).padStart(6)} s  ${words}`);
}

/** The answer of `ask`, or `otherwise` where it fails or takes too long: a frame may go, a page may hang. */
async function patiently(ask, otherwise, limitMs = ANSWER_MS) {
  const timer = new AbortController();
  const late = pause(limitMs, otherwise, { signal: timer.signal }).catch(() => otherwise);
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return otherwise;
  } finally {
    timer.abort();
  }
}

/** How many prices of ours a frame shows. An error, an empty frame or a page of the host's has none. */
function pricesShown() {
  const isSeen = (element) => element.getClientRects().length > 0;
  if (![...document.querySelectorAll(".cb-brand")].some(isSeen)) return 0;
  return [...document.querySelectorAll(".cb-table td, .cb-price")].filter(
    (element) => isSeen(element) && /\d[.,]\d{3}/.test(element.innerText),
  ).length;
}

/** The host's button in a frame; its words have been "Yes, get this app back up!" for years. */
function wakeUpButton() {
  const buttons = document.querySelectorAll("button, [role='button'], input[type='submit'], a");
  const words = (element) => (element.innerText || element.value || "").replace(/\s+/g, " ");
  return [...buttons].find((element) => /app back up/i.test(words(element)) && !element.disabled) ?? null;
}

async function open(page, url, limitMs) {
  say(`opening ${url}`);
  let answer;
  try {
    answer = await page.goto(url, { waitUntil: "domcontentloaded", timeout: limitMs });
  } catch (error) {
    throw new Error(`the page could not be opened: ${error.message.split("\n")[0]}`);
  }
  const status = answer?.status() ?? 0;
  say(`answered ${status} at ${page.url()}`);
  if (status >= 400) throw new Error(`the answer was ${status}`);
}

async function press(frame) {
  const found = await patiently(() => frame.evaluateHandle(wakeUpButton), null);
  const button = found?.asElement();
  if (!button) return false;
  say(`asleep; pressing the wake-up button${frame.parentFrame() ? " in a frame" : ""}`);
  // Something may lie over it; then it is pressed without a finger.
  const isPressed = await patiently(() => button.click().then(() => true), false);
  return isPressed || (await patiently(() => button.evaluate((element) => (element.click(), true)), false));
}

/** Resolves when prices are seen in the page or in any of its frames; presses the wake-up button as often as it takes. */
async function untilPricesCome(page, limitMs) {
  const until = elapsedMs() + limitMs;
  let pressedAt = -Infinity;
  say("waiting for prices");
  while (elapsedMs() < until) {
    for (const frame of page.frames()) {
      const shown = await patiently(() => frame.evaluate(pricesShown), 0);
      if (shown > 0) return shown;
      if (elapsedMs() - pressedAt > PRESS_AGAIN_MS && (await press(frame))) {
        pressedAt = elapsedMs();
        say("pressed; waiting for the application");
      }
    }
    await pause(LOOK_EVERY_MS);
  }
  const title = await patiently(() => page.title(), "");
  throw new Error(`no prices after ${Math.round(limitMs / 1000)} s; the page is called “${title}”`);
}

async function keepPicture(page, folder, name) {
  const file = path.join(folder, `${name}.png`);
  await mkdir(folder, { recursive: true });
  // The browser is a moment late with its own page for an address where nothing is.
  for (let again = 0; again < 5; again += 1) {
    if (await patiently(() => page.screenshot({ path: file }).then(() => true), false, 10_000)) {
      say(`picture kept: ${file}`);
      return;
    }
    await pause(LOOK_EVERY_MS);
  }
  say("no picture could be taken");
}

async function tryOnce(browser, asked, number) {
  const page = await browser.newPage();
  try {
    await page.setViewport(VIEW);
    // The application counts its visitors, and sets machines apart by this.
    await page.setUserAgent({ userAgent: `${await browser.userAgent()} carburoam-probe-bot` });
    // To the browser, a patience of 0 has no end.
    const atMost = (patienceMs) => Math.max(1, Math.min(patienceMs, asked.limitMs - elapsedMs()));
    await open(page, asked.url, atMost(asked.openMs));
    const shown = await untilPricesCome(page, atMost(asked.wakeMs));
    say(`the application is up: ${shown} prices on the screen`);
    return true;
  } catch (error) {
    say(`try ${number} of ${asked.tries} failed: ${error.message}`);
    await keepPicture(page, asked.artefacts, `probe-${number}`);
    return false;
  } finally {
    await patiently(() => page.close(), null);
  }
}

async function probe(asked, browser) {
  for (let number = 1; number <= asked.tries; number += 1) {
    if (await tryOnce(browser, asked, number)) return true;
    const restMs = number * asked.pauseMs;
    if (number === asked.tries) break;
    if (elapsedMs() + restMs >= asked.limitMs) {
      say("the time is up");
      break;
    }
    say(`waiting ${Math.round(restMs / 1000)} s before the next try`);
    await pause(restMs);
  }
  say("FAILED: a visitor sees no prices");
  return false;
}

async function main() {
  const asked = settings(process.env);
  const executablePath = await browserPath(process.env);
  say(`starting ${executablePath}`);
  const browser = await puppeteer.launch({
    executablePath,
    // In a container there are no user namespaces for a sandbox; there the probe is nobody of importance instead.
    args: asked.isSandboxed ? FLAGS : [...FLAGS, "--no-sandbox"],
    timeout: 60_000,
  });
  // Whatever hangs, a picture's time after the limit it is over.
  const over = setTimeout(() => {
    say("FAILED: the time is up and the browser hangs");
    browser.process()?.kill("SIGKILL");
    process.exit(1);
  }, asked.limitMs - elapsedMs() + 20_000);
  try {
    return (await probe(asked, browser)) ? 0 : 1;
  } finally {
    await patiently(() => browser.close(), null);
    clearTimeout(over);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  say(`FAILED: ${error.message}`);
  process.exitCode = error instanceof WrongSettings ? 2 : 1;
}
