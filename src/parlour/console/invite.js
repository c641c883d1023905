// The page behind an invitation's link. The token stands after the # of the address, where no server sees it, and
// travels only in the bodies of two requests. Nothing happens before a button is pressed. Mail programs that spoil the
// link lead here without a token: then the page asks for the code that the mail names, which stands in its place.
"use strict";

// What server-given text means is decided by textContent alone: nothing here makes markup of it.
const at = (id) => document.getElementById(id);

const KEPT_AS = "parlour.invitation";

class Refused extends Error {
  constructor(status, answer) {
    const told = answer?.responseStatus ?? {};
    super(told.message || "The server could not be reached. Try again.");
    this.status = status;
    this.code = told.errorCode ?? "";
    this.fields = (told.errors ?? []).map((error) => error.fieldName);
  }
}

// The server may be set to write names with a capital.
function camel(value) {
  if (Array.isArray(value)) return value.map(camel);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name[0].toLowerCase() + name.slice(1), camel(inner)]),
  );
}

async function ask(path, body, bearer) {
  const headers = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  let response;
  try {
    response = await fetch(path, {
      method: body ? "POST" : "GET",
      headers,
      body: body && JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Refused(0, null);
  }
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? camel(JSON.parse(text)) : {};
  } catch {
    // Something between here and the server answered in its place.
  }
  if (!response.ok || answer === null) throw new Refused(response.status, answer);
  return answer;
}

// Taken out of the address, so that it is neither in the history nor over somebody's shoulder; kept for this tab, so
// that reloading works. Programs that count clicks add words of their own behind a link, and so behind the token.
function takeToken() {
  const written = location.hash.slice(1);
  const given = written.match(/^[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/)?.[0] ?? written;
  if (given) {
    sessionStorage.setItem(KEPT_AS, given);
    history.replaceState(null, "", location.pathname);
  }
  return given || sessionStorage.getItem(KEPT_AS) || "";
}

function say(heading, message, { asksForCode = false, leadsOn = false } = {}) {
  at("choices").hidden = true;
  at("enter-code").hidden = !asksForCode;
  at("onward").hidden = !leadsOn;
  at("heading").textContent = heading;
  at("message").textContent = message;
  document.title = heading;
  at("heading").focus();
}

function sayDead() {
  sessionStorage.removeItem(KEPT_AS);
  say(
    "This link no longer works",
    "Enter the code of the newest mail, ask for another invitation, or sign in if you have accepted before.",
    { asksForCode: true },
  );
}

function show(invitation) {
  at("inviter").textContent = invitation.inviterName;
  at("agency").textContent = invitation.agencyName;
  at("roles").textContent = (invitation.roleNames ?? []).join(", ");
  at("roles-row").hidden = !invitation.roleNames?.length;
  at("address").textContent = invitation.emailAddress;
  at("new-user-name").value = invitation.emailAddress;
  at("expires").dateTime = invitation.expiresAt;
  at("expires").textContent = readable(invitation.expiresAt);
  at("heading").textContent = `${invitation.inviterName} invites you to ${invitation.agencyName}`;
  at("message").textContent = "Nothing has happened yet. Choose how to accept, or close this page.";
  document.title = at("heading").textContent;
  at("enter-code").hidden = true;
  at("choices").hidden = false;
}

function readable(date) {
  const instant = new Date(date);
  if (Number.isNaN(instant.getTime())) return date;
  return instant.toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
}

async function showWhoIsSignedIn() {
  try {
    const session = await ask("auth");
    at("user").textContent = session.displayName || session.userName;
    at("signed-in").hidden = false;
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    at("signed-in").hidden = true;
  }
}

function joined(answer, agency) {
  sessionStorage.removeItem(KEPT_AS);
  say(`Welcome to ${agency}`, `You are in. From now on, sign in with ${answer.userName} and your password.`, {
    leadsOn: true,
  });
}

// Runs what a button or form does: once at a time, with what went wrong beside it.
async function doing(place, error, work) {
  const buttons = place.querySelectorAll("button");
  const fields = place.querySelectorAll("input");
  error.textContent = "";
  fields.forEach((field) => field.removeAttribute("aria-invalid"));
  buttons.forEach((button) => { button.disabled = true; });
  try {
    await work();
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    if (refused.status === 404) {
      sayDead();
      return;
    }
    error.textContent = refused.message;
    if (refused.code === "AccountExists") at("user-name").focus();
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
}

// The browser's own words about the first field that will not do; true when all do.
function isFilledIn(form, error) {
  const wrong = [...form.elements].find((field) => !field.checkValidity());
  for (const field of form.elements) field.removeAttribute("aria-invalid");
  error.textContent = wrong ? `${wrong.labels[0].textContent}: ${wrong.validationMessage}` : "";
  if (wrong) {
    wrong.setAttribute("aria-invalid", "true");
    wrong.focus();
  }
  return !wrong;
}

async function begin() {
  at("enter-code").addEventListener("submit", (event) => {
    event.preventDefault();
    if (isFilledIn(at("enter-code"), at("code-error"))) takeCode(at("code").value.trim());
  });
  const token = takeToken();
  if (!token) {
    say("See your invitation", "Open the link in the mail you were sent, or enter the code it names.", { asksForCode: true });
    return;
  }
  try {
    await open(token);
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    if (refused.status === 404 || refused.status === 400) {
      sayDead();
    } else {
      say("The invitation could not be shown", refused.message);
    }
  }
}

async function takeCode(code) {
  await doing(at("enter-code"), at("code-error"), async () => {
    try {
      await open(code);
      sessionStorage.setItem(KEPT_AS, code);
    } catch (refused) {
      if (!(refused instanceof Refused) || ![400, 404].includes(refused.status)) throw refused;
      throw new Refused(400, { responseStatus: { message: "There is no open invitation with this code." } });
    }
  });
}

// Shows the invitation of a token or code, and lets the forms accept it. Raises Refused when there is none.
async function open(token) {
  const invitation = await ask("v1/invitations/preview", { token });

  const agency = invitation.agencyName;
  at("accept").addEventListener("click", () =>
    doing(at("choices"), at("accept-error"), async () => {
      try {
        joined(await ask("v1/invitations/accept", { token }), agency);
      } catch (refused) {
        // Asked for a name and a password, since nobody is signed in any more.
        if (refused instanceof Refused && refused.fields.includes("Password")) {
          refused.message = "You are no longer signed in. Choose another way below.";
        }
        throw refused;
      }
    }));

  at("register").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!isFilledIn(at("register"), at("register-error"))) return;
    doing(at("choices"), at("register-error"), async () => {
      const members = { token, displayName: at("name").value, password: at("new-password").value };
      joined(await ask("v1/invitations/accept", members), agency);
    });
  });

  at("sign-in").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!isFilledIn(at("sign-in"), at("sign-in-error"))) return;
    doing(at("choices"), at("sign-in-error"), async () => {
      const session = await ask("auth/credentials", {
        userName: at("user-name").value,
        password: at("password").value,
      });
      joined(await ask("v1/invitations/accept", { token }, session.bearerToken), agency);
    });
  });

  // Shown last: a form that is filled in before it is listened to would be sent by the browser itself.
  show(invitation);
  await showWhoIsSignedIn();
}

// Another link opened in this tab changes only what stands after the #, which loads nothing by itself.
addEventListener("hashchange", () => location.reload());
begin();
