// "See it happen": a phone and a laptop of one account on one page. Each signs in and waits on a websocket for the end
// of its session; every operation and its answer is shown. Below them the browser itself has more ways in.

import { laptop, login, logout, me, phone, register } from './operations.js';
import { find, Screen, tell } from './screen.js';
import { createBrowser } from './waysIn.js';

/** How long the story rests after each step, in milliseconds, so that a person can follow. */
const restMs = 900;

/** How long the story waits for the news, in milliseconds. */
const newsTimeoutMs = 10_000;

const news = find(document, '#news', HTMLElement);
const email = find(document, '#email', HTMLInputElement);
const play = find(document, '#play', HTMLButtonElement);

const freshEmail = () => `ada-${crypto.randomUUID().slice(0, 8)}@example.com`;

/** @param {number} ms */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @type {Readonly<Record<string, (screen: Screen) => unknown>>} */
const buttons = {
  register: (screen) => screen.signIn(register),
  login: (screen) => screen.signIn(login),
  me: (screen) => screen.run(me),
  logout: (screen) => screen.run(logout),
};

const ada = {
  phone: new Screen(phone, buttons),
  laptop: new Screen(laptop, buttons),
  browser: createBrowser(),
};

function startOver() {
  email.value = freshEmail();
  ada.laptop.forget();
  ada.phone.forget();
  ada.browser.forget();
  news.replaceChildren();
  tell('Nothing has been sent yet.');
}

/** Register on the phone, sign in on the laptop; the phone is told, and refused. */
async function tellStory() {
  startOver();
  const registered = await ada.phone.signIn(register);
  if (ada.phone.token === null || registered === null) return;
  await wait(restMs);
  await ada.phone.run(me);
  await wait(restMs);
  const signedIn = await ada.laptop.signIn(login);
  if (ada.laptop.token === null || signedIn === null) return;
  const superseded = /** @type {readonly unknown[]} */ (signedIn['superseded']);
  if (superseded.length === 0) {
    tell('Both devices are signed in: the session policy of this server has room for them.');
    return;
  }
  await Promise.race([ada.phone.ended, wait(newsTimeoutMs)]);
  await wait(restMs);
  await ada.phone.run(me);
  tell('The phone’s next request was refused too, with the same reason. That is the whole story.');
}

let isPlaying = false;
play.addEventListener('click', () => {
  if (isPlaying) return;
  isPlaying = true;
  play.ariaDisabled = 'true';
  void tellStory().finally(() => {
    isPlaying = false;
    play.ariaDisabled = 'false';
  });
});
find(document, '#start-over', HTMLButtonElement).addEventListener('click', () => {
  if (!isPlaying) startOver();
});

startOver();
void ada.browser.start();
find(document, '#demo', HTMLElement).hidden = false;
